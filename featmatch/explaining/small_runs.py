"""Small trainings on patches of an image, made to under-fit, to fit and to over-fit."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.explaining.pictures import gray_levels, gray_picture, signed_picture
from featmatch.images.image import Image

Floats = npt.NDArray[np.float32]

MAX_SIZE = 320  # px of the image that patches are taken from
PATCH = 7  # px, side of what the networks see
NOISE = 0.3  # of the image's own contrast
NUM_EPOCHS = 30
SNAPSHOTS = (0, 1, 2, 3, 5, 8, 12, 20, 30)  # epochs of which there are pictures
LEARNING_RATE = 0.01
SMALLER = 0.1  # than usual are the weights that training begins with
NUM_HELD_OUT = 800
_STRIP = 46  # px, width of the parts of the image that are learned from or held out, in turn
_MAX_KERNELS = 8  # in a picture


@dataclass(frozen=True)
class Plan:
    """What a small run is made from.

    Attributes
    ----------
    name : {"under", "fit", "over"}
    title : str
    num_filters : int
        Of 7 x 7 pixels.
    num_patches : int
        Examples.
    batch_size : int
        Examples an iteration.
    """

    name: str
    title: str
    num_filters: int
    num_patches: int
    batch_size: int

    @property
    def num_parameters(self) -> int:
        """Numbers that training changes."""
        return self.num_filters * (PATCH * PATCH + 2) + 1


PLANS = (
    Plan("under", "Under-fitting: a network that is too small", 1, 600, 50),
    Plan("fit", "A good fit", 8, 600, 50),
    Plan("over", "Over-fitting: too few examples for its size", 64, 40, 5),
)


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be learned: how strong the edge in the middle of a noisy patch is.

    Attributes
    ----------
    clean, noisy : (H, W) float32
        The image, of zero mean and unit contrast; without and with noise.
    edges : (H, W) float32
        Length of the Sobel gradient of the clean image, of zero mean and unit deviation: one who
        always answers with the mean has a mean squared error of about 1.
    strip : int
        Width in pixels of the strips of the image that are learned from or held out, in turn.
    view : (int, int)
        Top-left corner x, y of a square of `strip` pixels a side that is held out: of all, the one
        with the most edges.
    """

    clean: Floats
    noisy: Floats
    edges: Floats
    strip: int
    view: tuple[int, int]

    def patches(
        self, number: int, held_out: bool, rng: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Draw noisy patches (N, 7, 7, 1) and the strengths of their edges (N, 1, 1, 1)."""
        height, width = self.noisy.shape
        left = np.arange(width - PATCH + 1)
        strips = left // self.strip
        whole = strips == (left + PATCH - 1) // self.strip  # those that lie in one strip
        xs = rng.choice(left[whole & (strips % 2 == held_out)], number)
        ys = rng.integers(height - PATCH + 1, size=number)
        windows = np.lib.stride_tricks.sliding_window_view(self.noisy, (PATCH, PATCH))
        middles = self.edges[ys + PATCH // 2, xs + PATCH // 2]
        return windows[ys, xs][..., None], middles[:, None, None, None]

    def seen(self, values: Floats) -> Floats:
        """Cut the view out of a map of the whole image."""
        x, y = self.view
        return values[y : y + self.strip, x : x + self.strip]

    def answered(self, values: Floats) -> Floats:
        """Cut out the part of the view that has a whole patch around every pixel."""
        margin = PATCH // 2
        return self.seen(values)[margin:-margin, margin:-margin]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A network at the end of an epoch.

    Attributes
    ----------
    epoch : int
        0 before training.
    kernels : (7, 8 F - 1) uint8
        Its kernels side by side with a column between them, at most eight; 128 is zero, and 1 or
        255 the largest weight of each.
    answer : (S - 6, S - 6) uint8
        The strength of the edges that it sees in the view.
    """

    epoch: int
    kernels: npt.NDArray[np.uint8]
    answer: npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class SmallRun:
    """How a small training went.

    Attributes
    ----------
    name, title, num_filters, num_patches, batch_size, num_parameters
        See `Plan`.
    iterations_per_epoch : int
    losses, held_out_losses : (E + 1,) float64
        Mean squared error on its own examples and on patches that are held out: before training
        and at the end of each epoch.
    best_epoch : int
        When the loss on what is held out was lowest.
    snapshots : tuple of Snapshot
    """

    name: str
    title: str
    num_filters: int
    num_patches: int
    batch_size: int
    num_parameters: int
    iterations_per_epoch: int
    losses: npt.NDArray[np.float64]
    held_out_losses: npt.NDArray[np.float64]
    best_epoch: int
    snapshots: tuple[Snapshot, ...]


def make_task(image: Image) -> Task:
    """Make the task from an image, reduced to at most `MAX_SIZE` pixels a side."""
    gray = gray_picture(image, MAX_SIZE, 48).astype(np.float32)
    clean = (gray - gray.mean()) / (gray.std() + 5)
    along_x, along_y = (cv2.Sobel(clean, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    lengths = np.asarray(np.hypot(along_x, along_y), np.float32)
    edges = (lengths - lengths.mean()) / max(float(lengths.std()), 1e-3)
    noise = np.random.default_rng(0).standard_normal(clean.shape, np.float32)
    height, width = clean.shape
    strip = min(_STRIP, height, width // 2)
    squares = [
        (x, y)
        for x in range(strip, width - strip + 1, 2 * strip)
        for y in range(0, height - strip + 1, strip // 4)
    ]
    sums = [float(lengths[y : y + strip, x : x + strip].sum()) for x, y in squares]
    view = squares[int(np.argmax(sums))]
    return Task(clean, clean + np.float32(NOISE) * noise, edges, strip, view)


def run(plan: Plan, task: Task) -> SmallRun:
    """Train as planned; every run is judged on the same patches."""
    rng = np.random.default_rng(1)
    examples = task.patches(plan.num_patches, False, rng)
    held_out = task.patches(NUM_HELD_OUT, True, np.random.default_rng(2))
    filters = nn.Conv2d(1, plan.num_filters, PATCH, rng=rng)
    filters.weight.data *= SMALLER  # so that what is learned shows in the kernels
    network = nn.Sequential(filters, nn.LeakyReLU(0.1), nn.Conv2d(plan.num_filters, 1, 1, rng=rng))
    losses: list[tuple[float, float]] = []
    states: list[tuple[Floats, Floats]] = []

    def look(network: nn.Module) -> float:
        own, other = (_loss(network, pair).item() for pair in (examples, held_out))
        losses.append((own, other))
        kernels = filters.weight.data[:, :, 0]
        answer = network(task.seen(task.noisy)[None, ..., None]).data[0, :, :, 0]
        states.append((kernels.copy(), answer))
        return other

    with nn.no_grad():
        look(network)
    batches = nn.ArrayBatches(*examples, batch_size=plan.batch_size)
    optimizer = nn.Adam(network.parameters(), lr=LEARNING_RATE)
    options = nn.FitOptions(max_epochs=NUM_EPOCHS, validate=look)
    nn.fit(network, _loss, batches, optimizer, options, rng=rng)
    own, other = np.array(losses).T
    snapshots = tuple(
        Snapshot(epoch, _kernel_picture(kernels), _edge_picture(answer, task))
        for epoch, (kernels, answer) in enumerate(states)
        if epoch in SNAPSHOTS
    )
    return SmallRun(
        plan.name,
        plan.title,
        plan.num_filters,
        plan.num_patches,
        plan.batch_size,
        plan.num_parameters,
        len(batches),
        own,
        other,
        int(np.argmin(other)),
        snapshots,
    )


def _loss(network: nn.Module, batch: tuple[Floats, Floats]) -> nn.Tensor:
    patches, strengths = batch
    return nn.mse_loss(network(patches), strengths)


def view_pictures(task: Task) -> dict[str, npt.NDArray[np.uint8]]:
    """Show the view: ``clean``, ``noisy`` and its true ``edges``."""
    grays = {"clean": task.clean, "noisy": task.noisy}
    pictures = {name: signed_picture(task.answered(x), 3) for name, x in grays.items()}
    return {**pictures, "edges": _edge_picture(task.answered(task.edges), task)}


def _edge_picture(strengths: Floats, task: Task) -> npt.NDArray[np.uint8]:
    """Black is the weakest edge of the image, white the strongest of the view."""
    low, high = task.edges.min(), task.answered(task.edges).max()
    return gray_levels(255 * (strengths - low) / max(high - low, 1e-3))


def _kernel_picture(kernels: Floats) -> npt.NDArray[np.uint8]:
    """Lay the kernels (7, 7, F) side by side, each on a scale of its own."""
    shown = kernels[:, :, :_MAX_KERNELS]
    shown = shown / np.abs(shown).max(axis=(0, 1))
    apart = np.pad(shown, [(0, 0), (0, 1), (0, 0)])
    return signed_picture(apart.transpose(0, 2, 1).reshape(PATCH, -1)[:, :-1])
