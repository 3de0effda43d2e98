// Predict, then reveal: questions at the head of their chapters, answered, explained and counted.
"use strict";

(() => {
  const { el } = kit;
  let numAsked = 0;

  // The questions of a page: asks(chapter) gives nodes, counter shows how many were answered.
  kit.quiz = (questions) => {
    const score = { answered: 0, right: 0 };
    const counter = el("output", { class: "score number", "aria-live": "off" });
    const tell = () => {
      counter.textContent = `${score.answered} of ${questions.length} answered, ${score.right} right`;
    };
    tell();
    const asks = (chapter) =>
      questions.filter((question) => question.chapter === chapter).map((question) =>
        questionNode(question, (right) => {
          score.answered += 1;
          score.right += Number(right);
          tell();
        }),
      );
    return { asks, counter: questions.length ? counter : null };
  };

  // Only the first answer counts; then the right one is marked and explained.
  function questionNode({ text, choices, right, why }, onAnswer) {
    numAsked += 1;
    const name = `question-${numAsked}`;
    const verdict = el("output", { class: "answer", "aria-live": "polite" });
    const inputs = choices.map((_, index) => el("input", { type: "radio", name, id: `${name}-${index}` }));
    const labels = choices.map((choice, index) => el("label", { for: `${name}-${index}` }, inputs[index], el("span", {}, choice)));
    const button = el("button", { type: "button", onclick: reveal }, "Reveal");
    const chosen = () => inputs.findIndex((input) => input.checked);

    function reveal() {
      const index = chosen();
      if (index < 0) {
        verdict.textContent = "Choose an answer first: a guess is enough.";
        return;
      }
      labels[right].classList.add("right");
      labels[right].append(el("b", {}, " ✓"));
      if (index !== right) {
        labels[index].classList.add("wrong");
        labels[index].append(el("b", {}, " ✗"));
      }
      for (const input of inputs) input.disabled = true;
      button.hidden = true;
      verdict.textContent = `${index === right ? "Right." : `Not quite: ${choices[right]}.`} ${why}`;
      onAnswer(index === right);
    }

    return el(
      "fieldset",
      { class: "question" },
      el("legend", {}, "Predict first"),
      el("p", {}, text),
      el("div", { class: "choices" }, labels),
      button,
      verdict,
    );
  }
})();
