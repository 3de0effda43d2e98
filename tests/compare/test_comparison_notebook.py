"""A comparison in a notebook: verdict and numbers, as text."""

from __future__ import annotations

from hand_made_comparison import make_comparison, without_geometry


def test_a_notebook_shows_the_verdict_and_the_numbers():
    html = make_comparison()._repr_html_()
    assert "<strong>The network did best here.</strong>" in html
    assert html.count("<tr>") == 4
    assert "network" in html
    assert "–" in without_geometry(make_comparison())._repr_html_()
