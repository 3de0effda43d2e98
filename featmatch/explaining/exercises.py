"""Exercises on a picture: what to work out by hand, and the program that prints the answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from featmatch import nn
from featmatch.explaining.topic import Topic
from featmatch.explaining.topics import explain
from featmatch.images.image import Image
from featmatch.learned.network.weights import load_network

_IMPORTS = "import featmatch\nimport numpy as np\nfrom featmatch import nn\n\n"


@dataclass(frozen=True)
class Exercise:
    """A question, and a program that prints its answer where ``photo`` is a photograph.

    Parameters
    ----------
    title, question : str
    code : str
        After imports of ``featmatch``, ``numpy as np`` and ``featmatch.nn``.
    """

    title: str
    question: str
    code: str

    def answer(self, image: Image, topics: dict[str, Topic]) -> str:
        """Run the program on an image; return what it prints.

        Parameters
        ----------
        image : Image
        topics : dict of str to Topic
            What is explained on the image already, by name; what else is needed is added.
        """

        def explain_once(topic: str, image: Image) -> Topic:
            if topic not in topics:
                topics[topic] = explain(topic, image)
            return topics[topic]

        lines: list[str] = []
        names: dict[str, Any] = {
            "featmatch": SimpleNamespace(explain=explain_once, load_network=load_network),
            "np": np,
            "nn": nn,
            "photo": image,
            "print": lambda *values: lines.append(" ".join(map(str, values))),
        }
        exec(compile(self.code, self.title, "exec"), names)
        return "\n".join(lines)


def exercise_sheet(image: Image, topics: Iterable[Topic] = ()) -> str:
    """Write all exercises as Markdown, with answers that their programs print for an image.

    Parameters
    ----------
    image : Image
    topics : iterable of Topic, optional
        Those that are explained on it already.

    Returns
    -------
    str
        Answers are folded away, in ``<details>``.
    """
    known = {topic.name: topic for topic in topics}
    parts = [
        "# Exercises: how convolutional networks work\n",
        "Work each out by hand first. The answers are those of your picture; a program prints "
        "each, after these lines:\n",
        f'```python\n{_IMPORTS}photo = "photo.jpg"\n```\n',
    ]
    for number, exercise in enumerate(EXERCISES, 1):
        parts += [
            f"## {number}. {exercise.title}\n",
            f"{exercise.question}\n",
            f"<details><summary>Answer</summary>\n\n```python\n{exercise.code}```\n",
            f"```text\n{exercise.answer(image, known)}\n```\n\n</details>\n",
        ]
    return "\n".join(parts)


EXERCISES = (
    Exercise(
        "A sum of products",
        "Take the upper left 3 × 3 gray levels of the crop in the topic *convolution*. What does "
        "Sobel's kernel across, -1 0 1 / -2 0 2 / -1 0 1, answer there?",
        """\
crop = featmatch.explain("convolution", photo).data["crop"]
print(crop[:3, :3].tolist())
print((crop[:3, :3] * np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])).sum())
""",
    ),
    Exercise(
        "The size of a map",
        "A kernel of 5 × 5 runs over your picture (in the size in which topics show it) without "
        "padding, and then with a stride of 2. How large are the maps?",
        """\
picture = featmatch.explain("edges", photo).data["picture"]
image, kernel = picture.astype(float)[None, :, :, None], np.ones((5, 5, 1, 1))
print(picture.shape, nn.conv2d(image, kernel).shape[1:3])
print(nn.conv2d(image, kernel, stride=2).shape[1:3])
""",
    ),
    Exercise(
        "Weights of a layer",
        "The second convolution of the network's first block has kernels of 3 × 3 on 16 maps, and "
        "makes 16 maps. How many numbers does training change in it, biases included, after its "
        "normalization is folded in?",
        """\
layers = [m for m in featmatch.load_network().modules() if isinstance(m, nn.Conv2d)]
print(layers[1].weight.data.size + layers[1].bias.data.size)
""",
    ),
    Exercise(
        "Two small kernels or a large one",
        "Which is cheaper on the network's finest maps of your picture: two convolutions of 3 × 3 "
        "in a row, or one of 5 × 5 with as many channels? By how many multiplications and "
        "additions?",
        """\
twice, once = featmatch.explain("kernel-size", photo).data["plans"]
print(twice.num_multiply_adds, once.num_multiply_adds)
print(round(twice.num_multiply_adds / once.num_multiply_adds, 2))
""",
    ),
    Exercise(
        "What ReLU lets through",
        "The first layer of the network, before its activation, has values of both signs. Which "
        "share of them would a plain ReLU make 0 on your picture?",
        """\
layer = featmatch.explain("activations", photo).data["layers"][0]
print(round(layer.effects["relu"].saturated, 4))
""",
    ),
    Exercise(
        "The largest of four",
        "Pool the upper left 2 × 2 gray levels of the crop in the topic *pooling*, once by their "
        "largest and once by their mean.",
        """\
crop = featmatch.explain("pooling", photo).data["crop"]
print(crop[:2, :2].tolist())
print(crop[:2, :2].max(), crop[:2, :2].mean())
""",
    ),
    Exercise(
        "How far a unit sees",
        "Each of the network's four blocks has two convolutions of 3 × 3; the picture is folded "
        "2 × 2 first, and means of 2 × 2 are taken between the blocks. How many pixels along a "
        "side can reach a unit of the last block?",
        """\
for step in featmatch.explain("receptive-fields", photo).data["steps"]:
    print(step.title, step.kernel_size, step.stride, "->", step.size)
""",
    ),
    Exercise(
        "A step downhill",
        "In the topic *gradients* the loss is (prediction - target)². By how much does it change, "
        "nearly, if the bias grows by 0.01?",
        """\
data = featmatch.explain("gradients", photo).data
print(round(data["values"].loss, 6), round(data["gradients"].bias, 6))
print(round(0.01 * data["gradients"].bias, 6))
""",
    ),
    Exercise(
        "Iterations and epochs",
        "The good fit of the topic *training* learns for 30 epochs. How often do its weights "
        "change, and how many numbers are they?",
        """\
run = featmatch.explain("training", photo).data["runs"][1]
print(run.num_patches, run.batch_size, run.iterations_per_epoch)
print(30 * run.iterations_per_epoch, run.num_parameters)
""",
    ),
    Exercise(
        "Is it a corner?",
        "FAST calls a pixel a corner if 9 in a row of the 16 on its ring are brighter, or darker, "
        "than it by more than a threshold. Is the first of the close-ups one, at a threshold of "
        "20?",
        """\
closeups = featmatch.explain("keypoints", photo).data["closeups"]
print(len(closeups), "close-ups")
for closeup in closeups[:1]:
    print(closeup.center, closeup.ring.tolist())
    for sign in (1, -1):  # brighter, darker
        differs = sign * (np.array(closeup.ring) - closeup.center) > 20
        arcs = ("".join("x" if d else " " for d in differs) * 2).split()
        print(max(map(len, arcs), default=0) >= 9)
""",
    ),
    Exercise(
        "Bits that differ",
        "Two descriptors of ORB have 256 bits each. In how many do the two most alike of the topic "
        "*keypoints* differ, and in how many would two of unrelated places, about?",
        """\
matches = featmatch.explain("keypoints", photo).data["matches"]
print(matches.distances.min() if len(matches.distances) else "no matches", 256 // 2)
""",
    ),
)
"""In the order of the topics."""
