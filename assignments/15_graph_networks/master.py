# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 15_graph_networks
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}
# show_question_points: true

# %% [markdown]
# # Graph networks
#
# A molecule, a road map or a group of friends is a graph: nodes, and edges that join them. Here you turn
# graphs into matrices, count with these matrices, and build layers that update every node from its
# neighbours. What such a layer computes must not depend on how the nodes happen to be numbered.
#
# | question | what you write | points |
# | --- | --- | --- |
# | `q1_adjacency` | a list of edges as a matrix | 3 |
# | `q2_drawing` | the edges behind a matrix, and a drawing without crossings | 4 |
# | `q3_walks` | how many walks there are, and how far a layer sees | 5 |
# | `q4_degrees` | neighbours counted in two ways | 5 |
# | `q5_renumbering` | one graph, two numberings | 5 |
# | `q6_readout` | one number for a whole graph | 4 |
# | `q7_graph_layer` | a layer for graphs, as a torch module | 5 |
# | `q8_proof_steps` | why the layer does not care about the numbering | 4 |
# | `q9_mean_aggregation` | the mean over a node and its neighbours | 5 |
# | `q10_attention` | attention that follows the edges | 6 |
# | `q11_edge_graph` | a graph whose nodes are edges | 4 |
# | `q12_incidence` | both graphs from one matrix | 5 |
# | `q13_root_graph` | the way back from the edge graph | 6 |
# | `q14_node_edge_layer` | a layer that also reads the edges | 5 |
#
# Each question stands alone: no answer needs an earlier one. `grader.check` runs a few small public tests.
# More tests, with other numbers, decide the score.

# %% [markdown]
# ## Recap and notation
#
# A graph has $N$ nodes, numbered $0, \dots, N - 1$ as in Python, and edges between pairs of different nodes.
# No pair is joined twice. Unless a question says otherwise the graph is **undirected**: edge $(m, n)$ and edge
# $(n, m)$ are the same edge.
#
# - The **adjacency matrix** $A$ has size $N \times N$. $A_{mn} = 1$ if there is an edge from node $n$ to node
#   $m$, else $0$. For an undirected graph $A$ is symmetric.
# - The **neighbours** of a node are the nodes it shares an edge with; their number is its **degree**. A node
#   without neighbours is **isolated**.
# - Every node $n$ carries a vector of $D$ numbers, its **embedding** $h_n$. Nodes are the batch: the matrix
#   $H$ has shape $(N, D)$, one **row** per node. At the input it is called $X$. (Texts that store one node per
#   column have all products the other way round.)
# - So row $m$ of $A H$ is $\sum_n A_{mn} h_n$: the sum of the vectors that arrive at node $m$ along its edges.
# - A **permutation matrix** $P$ has a single 1 in each row and in each column, and zeros elsewhere. $P H$ holds
#   the rows of $H$ in another order: if $P_{ij} = 1$, node $j$ gets the new number $i$.
# - $\mathbf{1}$ is a column of $N$ ones, $I$ the identity matrix, $\text{ReLU}(z) = \max(z, 0)$.
#
# An example: the path $0 - 1 - 2$ has the edges $(0, 1)$ and $(1, 2)$ and
#
# $$A = \begin{pmatrix} 0 & 1 & 0 \\ 1 & 0 & 1 \\ 0 & 1 & 0 \end{pmatrix}, \qquad
# H = \begin{pmatrix} 5 \\ 7 \\ 9 \end{pmatrix}, \qquad A H = \begin{pmatrix} 7 \\ 14 \\ 7 \end{pmatrix} .$$
#
# Run the set-up cell. It also holds two graphs with six nodes that serve as examples all through the chapter.

# %%
import itertools
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

# Two running examples, both with six nodes.
GRAPH_A = [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 2), (1, 5), (2, 3), (4, 5)]
GRAPH_B = [(0, 3), (0, 4), (0, 5), (1, 2), (1, 4), (2, 3), (2, 4), (2, 5)]


def show(draw):
    """Call draw(); while the answer it needs is missing, say so in a line instead of failing."""
    try:
        draw()
    except Exception as problem:
        plt.close("all")
        print(f"No figure yet: it is drawn by your own answer ({type(problem).__name__}: {problem}).")


def places_on_circle(count):
    """Places for nodes on a circle, shape (count, 2), node 0 on top."""
    angle = np.pi / 2 - 2 * np.pi * np.arange(count) / count
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def paint_graph(axis, edges, places, title="", names=None, colors="tab:blue", widths=None):
    """Draw nodes at places (N, 2) and straight edges between them."""
    places = np.asarray(places, dtype=float)
    for k, (m, n) in enumerate(edges):
        width = 1.5 if widths is None else widths[k]
        axis.plot(*places[[m, n]].T, color="0.6", linewidth=width, zorder=1)
    axis.scatter(*places.T, s=330, c=colors, zorder=2)
    for n, place in enumerate(places):
        text = str(n) if names is None else names[n]
        axis.annotate(text, place, ha="center", va="center", color="white", weight="bold", zorder=3)
    axis.set_title(title)
    axis.set_axis_off()
    axis.margins(0.15)


# %%
def draw_examples():
    figure, axes = plt.subplots(1, 2, figsize=(8, 3))
    paint_graph(axes[0], GRAPH_A, places_on_circle(6), "GRAPH_A: 9 edges")
    paint_graph(axes[1], GRAPH_B, places_on_circle(6), "GRAPH_B: 8 edges")
    figure.tight_layout()


show(draw_examples)

# %% [raw] sources="udl-13.1"
# # BEGIN QUESTION
# name: q1_adjacency
# points: 3

# %% [markdown]
# ## 1. A list of edges as a matrix
#
# Edges are convenient to write down, matrices to compute with. The path $0 - 1 - 2$ with three nodes and the
# list `[(0, 1), (1, 2)]` has the rows `[0, 1, 0]`, `[1, 0, 1]` and `[0, 1, 0]`.
#
# Write `adjacency(n_nodes, edges)` for an undirected graph. It returns an int64 NumPy array of shape
# `(N, N)` with `N = n_nodes >= 1`.
#
# - `edges` is a list of pairs of integers; it may be empty. Nodes without an edge keep their zero row and
#   column.
# - An edge may stand in the list more than once, also turned round. It is still one edge.
# - An edge from a node to itself, or to a node that is not one of $0, \dots, N - 1$, raises a `ValueError`.
#
# The cell below the question prints the matrices of both examples.


# %% [raw]
# # BEGIN SOLUTION
# %%
def adjacency(n_nodes, edges):
    """Adjacency matrix of an undirected graph, int64 (N, N).

    edges: list of pairs (m, n) of different node numbers from 0 to n_nodes - 1 (ValueError otherwise).
    """
    # BEGIN SOLUTION
    A = np.zeros((n_nodes, n_nodes), dtype=np.int64)
    for m, n in edges:
        if m == n or min(m, n) < 0 or max(m, n) >= n_nodes:
            raise ValueError(f"({m}, {n}) is no edge between two different nodes from 0 to {n_nodes - 1}")
        A[m, n] = A[n, m] = 1
    return A
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The path 0 - 1 - 2 has the rows [0, 1, 0], [1, 0, 1] and [0, 1, 0], as an int64 array.
"""  # END TEST CONFIG


def test_path(adjacency):
    import numpy as np

    got = adjacency(3, [(0, 1), (1, 2)])
    assert got is not None, "adjacency(...) returned None: expected an array of shape (3, 3)"
    assert isinstance(got, np.ndarray), "adjacency should return a NumPy array"
    assert got.shape == (3, 3), f"expected shape (3, 3), got {got.shape}"
    assert got.dtype == np.int64, f"expected dtype int64, got {got.dtype}"
    expected = [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    assert got.tolist() == expected, f"expected {expected}, got {got.tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some graph the matrix is not right. Try edges listed twice or backwards, and nodes
  without any edge.
"""  # END TEST CONFIG


def test_graphs(adjacency):
    import numpy as np

    graph_a = [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 2), (1, 5), (2, 3), (4, 5)]
    graph_b = [(0, 3), (0, 4), (0, 5), (1, 2), (1, 4), (2, 3), (2, 4), (2, 5)]
    cases = [(6, graph_a), (6, graph_b), (8, graph_a), (1, []), (4, []), (2, [(1, 0)]), (2, [(0, 1)] * 3)]
    rng = np.random.default_rng(151)
    for n in (2, 3, 5, 9, 20):
        pairs = [(int(i), int(j)) for i, j in rng.integers(0, n, size=(2 * n, 2)) if i != j]
        cases.append((n, pairs))
        cases.append((n + 1, pairs + [(j, i) for i, j in pairs[::2]]))
    for n, edges in cases:
        got = adjacency(n, list(edges))
        assert got.shape == (n, n) and got.dtype == np.int64
        joined = {frozenset(edge) for edge in edges}
        for i in range(n):
            for j in range(n):
                assert got[i, j] == (frozenset((i, j)) in joined)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A pair that is no edge between two different existing nodes goes through without a
  ValueError. Python reads negative positions from the end.
"""  # END TEST CONFIG


def test_impossible_edges(adjacency):
    for n, edge in ((3, (1, 1)), (3, (0, 3)), (3, (3, 0)), (3, (-1, 1)), (3, (1, -1)), (3, (0, -3)), (1, (0, 0))):
        try:
            adjacency(n, [(0, 1), (1, 2), edge] if n == 3 else [edge])
        except ValueError:
            continue
        raise AssertionError("an impossible edge went through")


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def print_matrices():
    for name, edges in (("GRAPH_A", GRAPH_A), ("GRAPH_B", GRAPH_B)):
        matrix = adjacency(6, edges)
        print(name, *("  ".join(map(str, row)) for row in matrix.tolist()), sep="\n")


show(print_matrices)

# %% [markdown]
# For the next question, two graphs with seven nodes, given by their matrices.

# %%
MATRIX_1 = np.array(
    [
        [0, 1, 1, 0, 0, 0, 0],
        [1, 0, 0, 1, 1, 1, 0],
        [1, 0, 0, 0, 0, 1, 1],
        [0, 1, 0, 0, 0, 1, 1],
        [0, 1, 0, 0, 0, 0, 1],
        [0, 1, 1, 1, 0, 0, 0],
        [0, 0, 1, 1, 1, 0, 0],
    ]
)
MATRIX_2 = np.array(
    [
        [0, 0, 1, 1, 0, 0, 1],
        [0, 0, 1, 1, 1, 0, 0],
        [1, 1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 1, 1, 1],
        [0, 1, 0, 1, 0, 0, 1],
        [0, 0, 0, 1, 0, 0, 1],
        [1, 0, 0, 1, 1, 1, 0],
    ]
)

# %% [raw] sources="udl-13.2"
# # BEGIN QUESTION
# name: q2_drawing
# points: 4

# %% [markdown]
# ## 2. Back to a drawing
#
# The picture of a graph is easier to read than its matrix, if it is drawn well.
#
# - Write `edge_list(A)`: the edges of an undirected graph as a list of tuples `(m, n)` of Python integers with
#   `m < n`, each edge once, sorted. For the path $0 - 1 - 2$ it is `[(0, 1), (1, 2)]`. If `A` is not symmetric
#   it raises a `ValueError`. `A` is a square array of zeros and ones, integers or floats, with a zero diagonal.
# - Draw `MATRIX_1` and `MATRIX_2` **without crossings**. Set `places_1` and `places_2` to seven points each:
#   row $n$ is the position $(x, y)$ of node $n$ (a list of pairs or an array of shape `(7, 2)`). All edges are
#   drawn as straight lines. Two edges may meet only at a node that they share, and an edge must not run
#   through a third node. Both graphs can be drawn in this way. Begin with pencil and paper.
#
# The cell below the question shows your drawings.


# %% [raw]
# # BEGIN SOLUTION
# %%
def edge_list(A):
    """Edges of an undirected graph, sorted tuples (m, n) with m < n; ValueError if A is not symmetric."""
    # BEGIN SOLUTION
    if not np.array_equal(A, A.T):
        raise ValueError("the matrix is not symmetric, so some edge has a direction")
    return [(int(m), int(n)) for m, n in np.argwhere(np.triu(A))]
    # END SOLUTION


places_1 = [tuple(map(int, pair)) for pair in "32 33 20 12 22 02 21".split()]  # SOLUTION
places_2 = [tuple(map(int, pair)) for pair in "31 13 32 12 02 21 00".split()]  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The path has the edges [(0, 1), (1, 2)]; places_1 and places_2 hold seven points each.
"""  # END TEST CONFIG


def test_path_and_shapes(edge_list, places_1, places_2):
    import numpy as np

    got = edge_list(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]))
    assert got is not None, "edge_list(...) returned None: expected a list of tuples"
    assert isinstance(got, list), "edge_list should return a list"
    assert got == [(0, 1), (1, 2)], f"the path 0 - 1 - 2: expected [(0, 1), (1, 2)], got {got}"
    for name, places in (("places_1", places_1), ("places_2", places_2)):
        assert isinstance(places, (list, tuple, np.ndarray)), f"{name} should be a list of seven pairs, or an array"
        assert len(places) == 7, f"{name} should hold seven points, it has {len(places)}"
        assert all(np.shape(place) == (2,) for place in places), f"each entry of {name} should be a pair (x, y)"
        assert np.isfinite(np.array(places, dtype=float)).all(), f"{name} should hold finite numbers"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some matrix the list of edges is not right, or a matrix that is not symmetric goes
  through. Each edge stands in the matrix twice.
"""  # END TEST CONFIG


def test_edge_lists(edge_list):
    import numpy as np

    rng = np.random.default_rng(152)
    for n in (1, 2, 3, 4, 7, 7, 12, 30):
        pairs = [(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < 0.4]
        A = np.zeros((n, n), dtype=np.int64)
        for i, j in pairs:
            A[i, j] = A[j, i] = 1
        for matrix in (A, A.astype(float), np.asfortranarray(A)):
            got = edge_list(matrix)
            assert isinstance(got, list) and all(type(k) is int for edge in got for k in edge)
            assert got == pairs
    for i, j in ((0, 2), (2, 0), (1, 2), (2, 1)):
        A = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
        A[i, j] = 1
        try:
            edge_list(A)
        except ValueError:
            continue
        raise AssertionError("a matrix that is not symmetric went through")


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: In at least one of the two drawings edges cross, or run through a node that is not theirs.
"""  # END TEST CONFIG


def test_no_crossings(places_1, places_2):
    from fractions import Fraction
    from itertools import combinations

    def side(a, b, c):
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        return (area > 0) - (area < 0)

    def between(a, b, c):
        inside_box = all(min(a[k], b[k]) <= c[k] <= max(a[k], b[k]) for k in (0, 1))
        return side(a, b, c) == 0 and inside_box

    rows_1 = "0110000 1001110 1000011 0100011 0100001 0111000 0011100".split()
    rows_2 = "0011001 0011100 1100000 1100111 0101001 0001001 1001110".split()
    for places, rows in ((places_1, rows_1), (places_2, rows_2)):
        # fractions: the signs below are exact, however the points are chosen
        p = [tuple(Fraction(float(value)) for value in place) for place in places]
        assert len(set(p)) == 7
        edges = [(i, j) for i in range(7) for j in range(i) if rows[i][j] == "1"]
        for i, j in edges:
            assert not any(between(p[i], p[j], p[n]) for n in range(7) if n not in (i, j))
        for (i, j), (m, n) in combinations(edges, 2):
            if len({i, j, m, n}) == 4:
                apart = side(p[i], p[j], p[m]) == side(p[i], p[j], p[n])
                assert apart or side(p[m], p[n], p[i]) == side(p[m], p[n], p[j])


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_your_places():
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6))
    paint_graph(axes[0], edge_list(MATRIX_1), places_1, "MATRIX_1")
    paint_graph(axes[1], edge_list(MATRIX_2), places_2, "MATRIX_2")
    figure.tight_layout()


show(draw_your_places)

# %% [raw] sources="udl-13.3"
# # BEGIN QUESTION
# name: q3_walks
# points: 5

# %% [markdown]
# ## 3. Counting walks
#
# A **walk** of $K$ steps is a list of $K + 1$ nodes in which each is joined to the next. Nodes and edges may
# repeat. On the path $0 - 1 - 2$ there are two walks of three steps from $0$ to $1$: $0, 1, 0, 1$ and
# $0, 1, 2, 1$. In a directed graph every step goes along the arrow; $A_{mn} = 1$ is an edge **from $n$ to
# $m$**.
#
# - `count_walks(A, start, end, steps)` returns the number of walks from node `start` to node `end` with exactly
#   `steps` steps, as a Python integer. `A` is an int64 array, directed or not; `steps` is $0$ or more. A walk
#   of zero steps stays where it is. The result must be exact however large it is, and int64 ends at
#   $2^{63} - 1$.
# - `triangles(A)` returns the number of triangles of an undirected graph, three nodes that are joined to one
#   another, as an integer. Get it from the walks of three steps that end where they began.
# - `sees(A, node, layers)` returns a set of node numbers. Each layer of a graph network computes the new vector
#   of a node from its own old vector and from the vectors that arrive along its edges. The set holds all nodes
#   whose *input* can have an effect on the vector of `node` after that many layers, $0$ or more. `A` may be
#   directed. For the path, `sees(A, 0, 1)` is `{0, 1}`.
#
# How many walks lead from node 0 to node 1 with three steps, and how many with seven, in `GRAPH_A` and in
# `GRAPH_B`? Guess first: the hidden tests ask your function.


# %% [raw]
# # BEGIN SOLUTION
# %%
def count_walks(A, start, end, steps):
    """Number of walks with exactly this many steps from start to end, an exact int.

    A: (N, N) int64 array, A[m, n] = 1 for an edge from n to m; steps: 0, 1, 2, ...
    """
    # BEGIN SOLUTION
    step = A.astype(object)  # Python integers
    arrived = np.array([int(n == start) for n in range(len(A))])
    for _ in range(steps):
        arrived = step @ arrived
    return arrived[end]
    # END SOLUTION


def triangles(A):
    """Number of triangles of an undirected graph, an int; A: (N, N) int64 array."""
    # BEGIN SOLUTION
    # Each triangle is walked from three nodes, in two directions.
    return int(np.trace(A @ A @ A)) // 6
    # END SOLUTION


def sees(A, node, layers):
    """Set of the nodes whose input can reach node within this many layers."""
    # BEGIN SOLUTION
    seen = {node}
    for _ in range(layers):
        seen |= {int(n) for m in seen for n in np.flatnonzero(A[m])}
    return seen
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: On the path 0 - 1 - 2 two walks of three steps lead from 0 to 1, there is no triangle, and
  node 0 sees {0, 1} through one layer.
"""  # END TEST CONFIG


def test_path(count_walks, triangles, sees):
    import numpy as np

    A = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    got = count_walks(A, 0, 1, 3)
    assert got is not None, "count_walks(A, 0, 1, 3) returned None: expected an integer"
    assert isinstance(got, (int, np.integer)), "count_walks should return an integer"
    assert got == 2, f"count_walks(A, 0, 1, 3) on the path: expected 2, got {got}"
    got = triangles(A)
    assert got is not None, "triangles(A) returned None: expected an integer"
    assert isinstance(got, (int, np.integer)), "triangles should return an integer"
    assert got == 0, f"triangles of the path: expected 0, got {got}"
    got = sees(A, 0, 1)
    assert got is not None, "sees(A, 0, 1) returned None: expected a set"
    assert isinstance(got, (set, frozenset)), "sees should return a set"
    assert got == {0, 1}, f"sees(A, 0, 1) on the path: expected {{0, 1}}, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some number of walks is wrong. List all walks of three steps on a small graph by hand; nodes
  may repeat, and only walks of exactly that length count.
"""  # END TEST CONFIG


def test_walks_listed(count_walks):
    import numpy as np

    def walks(A, start, end, steps):
        if steps == 0:
            return int(start == end)
        return sum(walks(A, int(n), end, steps - 1) for n in np.flatnonzero(A[:, start]))

    graph_a = [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 2), (1, 5), (2, 3), (4, 5)]
    graph_b = [(0, 3), (0, 4), (0, 5), (1, 2), (1, 4), (2, 3), (2, 4), (2, 5)]
    for edges, three, seven in ((graph_a, 9, 879), (graph_b, 3, 203)):
        A = np.zeros((6, 6), dtype=np.int64)
        for m, n in edges:
            A[m, n] = A[n, m] = 1
        assert count_walks(A, 0, 1, 3) == three and count_walks(A, 0, 1, 7) == seven
    rng = np.random.default_rng(153)
    for n in (1, 2, 4, 6):
        A = (rng.random((n, n)) < 0.5).astype(np.int64) * (1 - np.eye(n, dtype=np.int64))
        for steps in range(6):
            for start, end in ((0, 0), (0, n - 1), (n - 1, 0)):
                assert count_walks(A, start, end, steps) == walks(A, start, end, steps)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Long walks are not counted exactly. Neither int64 nor float64 can hold these numbers.
"""  # END TEST CONFIG


def test_long_walks(count_walks):
    import numpy as np

    # In the complete graph with n nodes, ((n-1)^k - (-1)^k) / n walks of k steps lead to another node.
    for n, steps in ((3, 100), (5, 61), (9, 40)):
        A = np.ones((n, n), dtype=np.int64) - np.eye(n, dtype=np.int64)
        other = ((n - 1) ** steps - (-1) ** steps) // n
        assert count_walks(A, 0, 1, steps) == other
        assert count_walks(A, 1, 1, steps) == other + (-1) ** steps
    # A directed ring with a short cut: from 0, laps of 3 or 4 steps, in any order (a recursion of its own).
    A = np.zeros((4, 4), dtype=np.int64)
    for start, end in ((0, 1), (1, 2), (2, 3), (3, 0), (2, 0)):
        A[end, start] = 1
    laps = [1, 0, 0]
    for k in range(3, 400):
        laps.append(laps[k - 3] + (laps[k - 4] if k > 3 else 0))
    assert laps[399] > 2**63
    assert count_walks(A, 0, 0, 399) == laps[399] and count_walks(A, 0, 1, 399) == laps[398]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some number of triangles is wrong. How many closed walks of three steps run round one
  triangle?
"""  # END TEST CONFIG


def test_triangles(triangles):
    from itertools import combinations

    import numpy as np

    rng = np.random.default_rng(154)
    for n, share in ((1, 1.0), (2, 1.0), (3, 1.0), (4, 1.0), (7, 0.4), (8, 0.7), (12, 0.5), (20, 0.2)):
        A = np.triu(rng.random((n, n)) < share, 1).astype(np.int64)
        A = A + A.T
        counted = sum(A[i, j] * A[j, k] * A[k, i] for i, j, k in combinations(range(n), 3))
        assert triangles(A) == counted


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some set of seen nodes is wrong. A node always sees itself, and along a directed edge only
  the end sees the start.
"""  # END TEST CONFIG


def test_gradient_probe(sees):
    import numpy as np
    import torch

    rng = np.random.default_rng(155)
    for n, share in ((1, 0.0), (3, 0.5), (6, 0.2), (8, 0.15), (8, 0.15), (12, 0.1)):
        A = (rng.random((n, n)) < share).astype(np.int64) * (1 - np.eye(n, dtype=np.int64))
        for matrix in (A, np.maximum(A, A.T)):
            for layers in (0, 1, 2, 3, 7):
                x = torch.ones(n, dtype=torch.float64, requires_grad=True)
                h = x
                for _ in range(layers):
                    h = h + torch.tensor(matrix, dtype=torch.float64) @ h
                for node in {0, n // 2, n - 1}:
                    (slope,) = torch.autograd.grad(h[node], x, retain_graph=True)
                    got = sees(matrix, node, layers)
                    assert isinstance(got, (set, frozenset))
                    assert got == set(torch.nonzero(slope).flatten().tolist())


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-13.4 udl-13.8"
# # BEGIN QUESTION
# name: q4_degrees
# points: 5

# %% [markdown]
# ## 4. Neighbours counted in two ways
#
# The **degree matrix** of an undirected graph has the degrees on its diagonal and zeros elsewhere. For the path
# $0 - 1 - 2$ the degrees are $1, 2, 1$. The same numbers stand on the diagonal of $A^2$. Why?
#
# - `degree_matrix(A)` returns it as an int64 array of shape `(N, N)`. `A` is an int64 array, symmetric, with
#   zeros and ones and a zero diagonal.
# - `return_walks(A, n)` returns the walks of two steps from node `n` back to `n`: a list of tuples
#   `(n, m, n)` of Python integers, sorted by `m`. For the path and `n = 1`: `[(1, 0, 1), (1, 2, 1)]`. How does
#   the length of this list come out of $A^2$, and how out of $A$?
# - `degrees_from_walks(A)` returns the diagonal of $A^2$ as an int64 array of shape `(N,)`, but only where it
#   holds the degrees: if `A` is not symmetric, or has an entry other than 0 and 1, it raises a `ValueError`.
#   Here `A` may hold integers or floats; its diagonal is zero.
#
# Then decide seven statements about $(A^2)_{nn}$, the $n$-th diagonal entry of $A^2$. Each is meant for every
# graph of the kind it names and every node $n$; diagonals of $A$ are zero. Set `walk_facts` to `True` or
# `False`:
#
# - `"directed"`: in a directed graph (entries 0 and 1) it is the number of edges that leave node $n$.
# - `"weighted"`: for a symmetric matrix of positive weights it is the sum of the weights at node $n$.
# - `"in_pieces"`: in an undirected graph it is the degree also if the graph falls into several pieces.
# - `"odd_cycles"`: in an undirected graph with a triangle or another cycle of odd length it is still the
#   degree.
# - `"triangles_add"`: in an undirected graph each triangle through node $n$ makes it larger.
# - `"row_sum"`: in an undirected graph it is the sum of row $n$ of $A^2$.
# - `"leaving"`: in a directed graph the $n$-th diagonal entry of $A^\top A$ (not of $A^2$) is the number of
#   edges that leave node $n$. As always here, $A_{mn} = 1$ is an edge from $n$ to $m$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def degree_matrix(A):
    """Degrees on the diagonal, int64 (N, N)."""
    # BEGIN SOLUTION
    return np.diag(A.sum(axis=1))
    # END SOLUTION


def return_walks(A, n):
    """Walks of two steps from node n back to n: sorted list of tuples (n, m, n)."""
    # BEGIN SOLUTION
    return [(n, int(m), n) for m in np.flatnonzero(A[n])]
    # END SOLUTION


def degrees_from_walks(A):
    """Diagonal of A squared, int64 (N,); ValueError if A is not symmetric or not made of zeros and ones."""
    # BEGIN SOLUTION
    if not np.array_equal(A, A.T):
        raise ValueError("edges have directions: a walk there is not a walk back")
    if not np.isin(A, (0, 1)).all():
        raise ValueError("edges have weights: they would enter squared")
    return np.diag(A @ A).astype(np.int64)
    # END SOLUTION


walk_facts = {}
walk_facts["directed"] = False  # SOLUTION
walk_facts["weighted"] = False  # SOLUTION
walk_facts["in_pieces"] = True  # SOLUTION
walk_facts["odd_cycles"] = True  # SOLUTION
walk_facts["triangles_add"] = False  # SOLUTION
walk_facts["row_sum"] = False  # SOLUTION
walk_facts["leaving"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The path 0 - 1 - 2 has the degrees 1, 2, 1, and two walks of two steps from 1 back to 1;
  walk_facts holds seven booleans.
"""  # END TEST CONFIG


def test_path(degree_matrix, return_walks, degrees_from_walks, walk_facts):
    import numpy as np

    A = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    got = degree_matrix(A)
    assert got is not None, "degree_matrix(A) returned None: expected an array of shape (3, 3)"
    assert isinstance(got, np.ndarray), "degree_matrix should return a NumPy array"
    assert got.shape == (3, 3), f"degree_matrix: expected shape (3, 3), got {got.shape}"
    assert got.dtype == np.int64, f"degree_matrix: expected dtype int64, got {got.dtype}"
    assert np.diag(got).tolist() == [1, 2, 1], f"degrees of the path: expected 1, 2, 1, got {np.diag(got).tolist()}"
    got = return_walks(A, 1)
    assert got is not None, "return_walks(A, 1) returned None: expected a list of tuples"
    assert got == [(1, 0, 1), (1, 2, 1)], f"return_walks(A, 1): expected [(1, 0, 1), (1, 2, 1)], got {got}"
    got = degrees_from_walks(A)
    assert got is not None, "degrees_from_walks(A) returned None: expected an array of shape (3,)"
    assert isinstance(got, np.ndarray), "degrees_from_walks should return a NumPy array"
    assert got.tolist() == [1, 2, 1], f"degrees_from_walks: expected [1, 2, 1], got {got.tolist()}"
    assert isinstance(walk_facts, dict), "walk_facts should be a dictionary"
    for key in ("directed", "weighted", "in_pieces", "odd_cycles", "triangles_add", "row_sum", "leaving"):
        assert isinstance(walk_facts.get(key), (bool, np.bool_)), f"walk_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some degree matrix is not right. A node is not its own neighbour, and off the diagonal
  everything is zero.
"""  # END TEST CONFIG


def test_degree_matrices(degree_matrix):
    import numpy as np

    rng = np.random.default_rng(156)
    graph_a = [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 2), (1, 5), (2, 3), (4, 5)]
    graph_b = [(0, 3), (0, 4), (0, 5), (1, 2), (1, 4), (2, 3), (2, 4), (2, 5)]
    cases = [(6, graph_a, [5, 3, 3, 2, 2, 3]), (6, graph_b, [3, 2, 4, 2, 3, 2]), (1, [], [0]), (3, [(2, 0)], [1, 0, 1])]
    for n in (5, 9, 15):
        edges = [(i, j) for i in range(n - 1) for j in range(i) if rng.random() < 0.5]
        cases.append((n, edges, [sum(k in edge for edge in edges) for k in range(n)]))
    for n, edges, degrees in cases:
        A = np.zeros((n, n), dtype=np.int64)
        for i, j in edges:
            A[i, j] = A[j, i] = 1
        got = degree_matrix(A)
        assert got.dtype == np.int64 and got.shape == (n, n)
        assert got.tolist() == [[degrees[i] if i == j else 0 for j in range(n)] for i in range(n)]
        assert np.trace(got) == 2 * len(edges)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The walks of two steps that come back to their node are not all found, or are not counted
  right.
"""  # END TEST CONFIG


def test_walks_there_and_back(return_walks, degrees_from_walks):
    import numpy as np

    rng = np.random.default_rng(157)
    for n, share in ((1, 0.0), (2, 1.0), (5, 0.5), (7, 0.8), (9, 0.3), (12, 0.4)):
        A = np.triu(rng.random((n, n)) < share, 1).astype(np.int64)
        A = A + A.T
        if n > 6:
            A[:, 3] = A[3] = 0  # an isolated node
        counts = degrees_from_walks(A)
        assert counts.dtype == np.int64 and counts.shape == (n,)
        for node in range(n):
            found = return_walks(A, node)
            assert all(type(k) is int for walk in found for k in walk)
            assert found == [(node, m, node) for m in range(n) if A[node, m] and A[m, node]]
            assert counts[node] == len(found)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: degrees_from_walks gives an answer for a matrix where the diagonal of its square does not
  hold the degrees, or gives no int64 array of the degrees where A holds zeros and ones as floats.
"""  # END TEST CONFIG


def test_refused(degrees_from_walks):
    import numpy as np

    ring = np.roll(np.eye(4), 1, axis=0)
    path = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    refused = [ring, ring.astype(np.int64), np.triu(path), np.array([[0, 0], [1, 0]])]
    refused += [2 * path, 0.5 * path, -path, path * [[0, 3, 0], [3, 0, 1], [0, 1, 0]]]
    for A in refused:
        try:
            degrees_from_walks(A)
        except ValueError:
            continue
        raise AssertionError("a matrix without this property went through")
    for A in (ring + ring.T, np.zeros((3, 3)), (ring + ring.T).astype(np.int64)):
        counts = degrees_from_walks(A)
        assert counts.dtype == np.int64 and counts.tolist() == A.sum(axis=0).tolist()


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the seven statements is decided wrongly. Try small graphs - an arrow, one
  weighted edge, a triangle.
"""  # END TEST CONFIG


def test_walk_facts(walk_facts):
    from itertools import product

    import numpy as np

    facts = dict.fromkeys(("directed", "weighted", "in_pieces", "odd_cycles", "row_sum", "leaving"), True)
    facts["triangles_add"] = False
    # all directed graphs with three nodes, all undirected ones with five
    for bits in product((0, 1), repeat=6):
        A = np.zeros((3, 3), dtype=int)
        A[~np.eye(3, dtype=bool)] = bits
        leaving = [sum(A[m, n] for m in range(3)) for n in range(3)]
        facts["directed"] &= np.diag(A @ A).tolist() == leaving
        facts["leaving"] &= np.diag(A.T @ A).tolist() == leaving
    for bits in product((0, 1), repeat=10):
        A = np.zeros((5, 5), dtype=int)
        A[np.triu_indices(5, 1)] = bits
        A = A + A.T
        right = np.diag(A @ A).tolist() == [np.count_nonzero(row) for row in A]
        cube = A @ A @ A
        facts["in_pieces"] &= right or bool(np.linalg.matrix_power(A + np.eye(5, dtype=int), 4).all())
        facts["odd_cycles"] &= right or not (np.trace(cube) or np.trace(cube @ A @ A))
        facts["triangles_add"] |= bool((np.diag(A @ A) > A.sum(axis=0))[np.diag(cube) > 0].any())
        facts["row_sum"] &= np.diag(A @ A).tolist() == (A @ A).sum(axis=1).tolist()
    weights = np.array([[0, 0.5], [0.5, 0]])
    facts["weighted"] = np.allclose(np.diag(weights @ weights), weights.sum(axis=1))
    for key, fact in facts.items():
        assert isinstance(walk_facts[key], (bool, np.bool_))
        assert bool(walk_facts[key]) is bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-13.5"
# # BEGIN QUESTION
# name: q5_renumbering
# points: 5

# %% [markdown]
# ## 5. One graph, two numberings
#
# Two people store the same graph with data $X$ of shape $(N, D)$ on its nodes. They number the nodes
# differently, so they get $(X, A)$ and $(X', A')$ with
#
# $$X' = P X, \qquad A' = P A P^\top .$$
#
# The permutation matrix $P$ has $P_{ij} = 1$ if the node with the old number $j$ has the new number $i$. For
# $X$ with the rows $5, 7, 9$ and $X'$ with the rows $7, 9, 5$, the rows of $P$ are `[0, 1, 0]`, `[0, 0, 1]`,
# `[1, 0, 0]`.
#
# - `find_permutation(X, X2)` returns $P$, an int64 array of shape `(N, N)`, with `X2 = P @ X`. Two rows are the
#   same node if no entry differs by more than $10^{-9}$; different rows of `X` differ by far more in some
#   entry. If `X2` does not hold every row of `X` exactly once, or has another shape, it raises a `ValueError`.
# - `relabel(A, P)` returns the matrix $A'$ in the new numbering. `A` may be directed.
# - `count_relabelings(A, A2)` returns the number of permutation matrices $P$ with `A2` $= P A P^\top$, an
#   integer. Both matrices have the same size, $N \le 6$, so you may try all $N!$ of them. If it is 1, the edges
#   alone tell who is who. If it is 0, the graphs are different. For the path $0 - 1 - 2$ and itself it is 2:
#   the path can be turned round.


# %% [raw]
# # BEGIN SOLUTION
# %%
def find_permutation(X, X2):
    """The permutation matrix P with X2 = P X, int64 (N, N); ValueError if there is none.

    X, X2: float arrays (N, D); rows count as equal if no entry differs by more than 1e-9.
    """
    # BEGIN SOLUTION
    if X.shape != X2.shape:
        raise ValueError(f"shapes {X.shape} and {X2.shape} differ")
    P = (np.abs(X2[:, None] - X) <= 1e-9).all(axis=2).astype(np.int64)
    if (P.sum(axis=0) != 1).any():
        raise ValueError("some node does not occur exactly once in the new order")
    return P
    # END SOLUTION


def relabel(A, P):
    """Adjacency matrix in the new numbering, (N, N)."""
    # BEGIN SOLUTION
    return P @ A @ P.T
    # END SOLUTION


def count_relabelings(A, A2):
    """Number of permutation matrices P with A2 = P A P^T; A, A2: (N, N), N at most 6."""
    # BEGIN SOLUTION
    orders = itertools.permutations(range(len(A)))
    return sum(np.array_equal(A[np.ix_(order, order)], A2) for order in orders)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: From the rows 5, 7, 9 to the rows 7, 9, 5, P has the rows [0, 1, 0], [0, 0, 1], [1, 0, 0];
  the path is turned into itself in 2 ways.
"""  # END TEST CONFIG


def test_three_nodes(find_permutation, relabel, count_relabelings):
    import numpy as np

    got = find_permutation(np.array([[5.0], [7.0], [9.0]]), np.array([[7.0], [9.0], [5.0]]))
    assert got is not None, "find_permutation(...) returned None: expected an array of shape (3, 3)"
    assert isinstance(got, np.ndarray), "find_permutation should return a NumPy array"
    assert got.dtype == np.int64, f"find_permutation: expected dtype int64, got {got.dtype}"
    expected = [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert got.tolist() == expected, f"find_permutation: expected {expected}, got {got.tolist()}"
    path = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    got = relabel(path, np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]]))
    assert got is not None, "relabel(...) returned None: expected an array of shape (3, 3)"
    expected = [[0, 1, 1], [1, 0, 0], [1, 0, 0]]
    assert np.array_equal(got, expected), f"the path with 0 and 1 swapped: expected {expected}, got {got.tolist()}"
    got = count_relabelings(path, path)
    assert got is not None, "count_relabelings(...) returned None: expected an integer"
    assert isinstance(got, (int, np.integer)), "count_relabelings should return an integer"
    assert got == 2, f"count_relabelings(path, path): expected 2, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: For some order the matrix is not the one that turns X into X2 and A into A2. Test an order
  that is not its own inverse, and nodes that agree in some entries.
"""  # END TEST CONFIG


def test_random_orders(find_permutation, relabel):
    import numpy as np

    rng = np.random.default_rng(158)
    for n, d in ((1, 1), (2, 3), (6, 2), (6, 2), (9, 4), (25, 3)):
        # few different entries, so that nodes agree in some of them; the last one tells them apart
        X = rng.integers(0, 2, size=(n, d)).astype(float)
        X[:, -1] += 3 * rng.permutation(n)
        A = (rng.random((n, n)) < 0.4).astype(np.int64)
        order = rng.permutation(n)
        noise = rng.choice([-5e-10, 0, 5e-10], size=(n, d))
        P = find_permutation(X, X[order] + noise)
        assert P.dtype == np.int64 and P.shape == (n, n)
        for new, old in enumerate(order):
            assert P[new].tolist() == [int(j == old) for j in range(n)]
        A2 = relabel(A, P)
        assert np.shape(A2) == (n, n)
        for i in range(n):
            for j in range(n):
                assert A2[i, j] == A[order[i], order[j]]
    # rows with the same entries in another order, hence with the same sum and length
    X = np.array([[1.0, 2, 3], [3, 1, 2], [2, 3, 1], [-1, 2, 3], [1, -2, -3]])
    assert np.array_equal(find_permutation(X, X[[3, 0, 4, 2, 1]]) @ X, X[[3, 0, 4, 2, 1]])


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: No ValueError where X2 is not a re-ordering of X. A node may be missing, doubled, or changed
  in a single entry.
"""  # END TEST CONFIG


def test_no_permutation(find_permutation):
    import numpy as np

    X = np.array([[1.0, 2], [1, 4], [5, 2], [-3, 0]])
    changed, close = X[[2, 0, 3, 1]], X[[2, 0, 3, 1]]
    changed[1, 0] += 0.5
    close[3, 1] += 4e-9
    # missing and doubled nodes, other shapes, features in place of nodes
    cases = [changed, close, X[[0, 1, 2, 2]], X[[1, 1, 1, 1]], X[:3], X[[0, 1, 2, 3, 0]], X[:, ::-1], X[:, :1], -X]
    cases = [(X, X2) for X2 in cases]
    # one column in place of two equal ones: it would broadcast
    cases.append((np.array([[1.0, 1], [2, 2], [3, 3]]), np.array([[3.0], [1], [2]])))
    for X, X2 in cases:
        try:
            find_permutation(X, X2)
        except ValueError:
            continue
        raise AssertionError("a matrix that is no re-ordering went through")


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The number of permutations is not right for some pair of graphs. Think of a ring, a star, and
  of directed edges.
"""  # END TEST CONFIG


def test_counts(count_relabelings):
    import numpy as np

    def matrix(n, edges, directed=False):
        A = np.zeros((n, n), dtype=np.int64)
        for start, end in edges:
            A[end, start] = 1
        return A if directed else A | A.T

    ring = [(i, (i + 1) % 6) for i in range(6)]
    star = [(0, i) for i in range(1, 6)]
    graph_a = [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 2), (1, 5), (2, 3), (4, 5)]
    lopsided = [(0, 1), (1, 2), (2, 3), (3, 4), (1, 5), (2, 5)]
    # sizes of symmetry groups known by thought: 6 turns and their mirror images, 5! leaves, ...
    known = [(matrix(6, ring), 12), (matrix(6, star), 120), (matrix(6, ring, True), 6), (matrix(5, []), 120)]
    known += [(matrix(6, star, True), 120), (matrix(6, graph_a), 2), (matrix(6, lopsided), 1), (matrix(1, []), 1)]
    known += [(matrix(5, [(i, j) for i in (0, 1) for j in (2, 3, 4)]), 12), (matrix(3, [(0, 1), (1, 2)], True), 1)]
    rng = np.random.default_rng(159)
    for A, count in known:
        order = rng.permutation(len(A))
        assert count_relabelings(A, A) == count
        assert count_relabelings(A, A[order][:, order]) == count
    two_triangles = matrix(6, [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)])
    assert count_relabelings(matrix(6, ring), two_triangles) == 0
    assert count_relabelings(matrix(6, star, True), matrix(6, star, True).T) == 0


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-13.6"
# # BEGIN QUESTION
# name: q6_readout
# points: 4

# %% [markdown]
# ## 6. One number for a whole graph
#
# To say something about a whole graph, for example whether a molecule is poisonous, a network adds up the final
# embeddings of all nodes and puts a sigmoid on top:
#
# $$f \;=\; \text{sig}\big(\beta + \mathbf{1}^\top H \omega\big), \qquad \text{sig}(z) = \frac{1}{1 + e^{-z}},$$
#
# with $H$ of shape $(N, D)$, weights $\omega$ of shape $(D,)$ and a number $\beta$. For $H$ with the rows
# $(1, 0)$, $(2, 1)$, $\beta = 1$ and $\omega = (1, -4)$ the sum of the rows is $(3, 1)$ and
# $f = \text{sig}(1 + 3 - 4) = 0.5$. The claim is that $f$ does not depend on the numbering: $P H$ in place of
# $H$ gives the same $f$ for every permutation matrix $P$.
#
# - `graph_readout(H, beta, omega)` returns $f$ as a float. It must be accurate for very negative arguments of
#   the sigmoid ($\text{sig}(-600)$ is about $e^{-600}$, not zero) and must not fail for $\pm 10^4$.
# - `is_invariant(readout, H, trials)` tries `trials` random orders of the rows of `H` (at least 3 rows), with
#   any function `readout(H)` that returns a number or an array. It returns `True` if every order gives the same
#   result as `H` itself, `False` if not. Results count as the same if `np.allclose` with `rtol=1e-9` and
#   `atol=1e-12` says so: the order of a sum changes its rounding.
# - `keeps_readout(M)`, for any float array `M` of shape `(N, N)`, returns `True` if $M H$ in place of $H$ gives
#   the same $f$ for **every** $H, \beta, \omega$, and `False` if not. Numbers within $10^{-9}$ count as equal.
#   Permutation matrices have many properties; find out which one the proof of the claim needs.


# %% [raw]
# # BEGIN SOLUTION
# %%
def graph_readout(H, beta, omega):
    """Sigmoid of beta plus the weighted sum of all embeddings, a float; H: (N, D), omega: (D,)."""
    # BEGIN SOLUTION
    z = beta + (H @ omega).sum()
    return float(np.exp(-np.logaddexp(0, -z)))
    # END SOLUTION


def is_invariant(readout, H, trials):
    """Whether readout(H) is the same for so many random orders of the rows of H."""
    # BEGIN SOLUTION
    expected = readout(H)
    orders = [np.random.permutation(len(H)) for _ in range(trials)]
    return all(np.allclose(readout(H[order]), expected, rtol=1e-9, atol=1e-12) for order in orders)
    # END SOLUTION


def keeps_readout(M):
    """Whether M H has the readout of H for every H, beta and omega; M: (N, N)."""
    # BEGIN SOLUTION
    # The sum of the rows of M H is (1^T M) H, and 1^T M holds the column sums of M.
    return np.allclose(M.sum(axis=0), 1, rtol=0, atol=1e-9)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The example gives 0.5; the largest entry is invariant, the first row is not; swapping two
  nodes keeps the readout, a matrix of zeros does not.
"""  # END TEST CONFIG


def test_two_nodes(graph_readout, is_invariant, keeps_readout):
    import numpy as np

    got = graph_readout(np.array([[1.0, 0.0], [2.0, 1.0]]), 1.0, np.array([1.0, -4.0]))
    assert got is not None, "graph_readout(...) returned None: expected a number"
    assert np.shape(got) == (), "graph_readout should return a single number"
    assert abs(got - 0.5) < 1e-9, f"graph_readout: expected 0.5, got {got}"
    H = np.arange(12.0).reshape(6, 2)
    for name, readout, expected in (("the largest entry", np.max, True), ("the first row", lambda H: H[0], False)):
        got = is_invariant(readout, H, 30)
        assert isinstance(got, (bool, np.bool_)), "is_invariant should return True or False"
        assert bool(got) is expected, f"is_invariant for {name}: expected {expected}, got {got}"
    for M, expected in (([[0.0, 1.0], [1.0, 0.0]], True), ([[0.0, 0.0], [0.0, 0.0]], False)):
        got = keeps_readout(np.array(M))
        assert isinstance(got, (bool, np.bool_)), "keeps_readout should return True or False"
        assert bool(got) is expected, f"keeps_readout({M}): expected {expected}, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The readout is wrong for some graph. It adds up the nodes, whatever their number, and must
  not lose its digits for large arguments.
"""  # END TEST CONFIG


def test_readout(graph_readout):
    import math

    import numpy as np

    rng = np.random.default_rng(160)
    for n, d, size in ((1, 1, 1.0), (2, 3, 1.0), (5, 4, 1.0), (5, 4, 30.0), (20, 1, 5.0), (3, 7, 40.0)):
        for _ in range(6):
            H, omega, beta = rng.normal(size=(n, d)), size * rng.normal(size=d), 2 * float(rng.normal())
            z = beta + math.fsum(H[i, k] * omega[k] for i in range(n) for k in range(d))
            f = math.exp(z) / (1 + math.exp(z)) if z < 0 else 1 / (1 + math.exp(-z))
            # rounding of z, at most a few hundred in size, is the relative error of f: below 1e-12
            assert math.isclose(graph_readout(H, beta, omega), f, rel_tol=1e-10)
    one = np.array([1.0])
    for z, f in ((-600.0, math.exp(-600.0)), (-40.0, math.exp(-40.0)), (1e4, 1.0), (-1e4, 0.0), (700.0, 1.0)):
        assert math.isclose(graph_readout(np.array([[z - 1]]), 1.0, one), f, rel_tol=1e-10)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: is_invariant says True for a readout that depends on the numbering, or False for one that
  depends on it only by rounding.
"""  # END TEST CONFIG


def test_invariance_check(is_invariant):
    import numpy as np

    rng = np.random.default_rng(161)
    H = rng.normal(size=(7, 3))
    kept = [
        lambda H: H.sum(axis=0) / 3,
        lambda H: float(H.mean()),
        lambda H: H.max(axis=0),
        lambda H: np.sort(H[:, 0]),
        lambda H: np.array([np.cumsum(H[:, 1] ** 2)[-1], 1e-9]),
        lambda H: 1e-13 * H[0],
        lambda H: 1.0 + 1e-11 * H[0],
    ]
    depends = [
        lambda H: H.ravel(),
        lambda H: H[3, 1],
        lambda H: H,
        lambda H: H.T @ np.arange(7.0),
        lambda H: 1e-9 * H[-1],
        lambda H: 1 + 1e-7 * H[0, 0],
    ]
    for readout in kept:
        got = is_invariant(readout, H, 25)
        assert isinstance(got, (bool, np.bool_)) and got
    for readout in depends:
        got = is_invariant(readout, H, 25)
        assert isinstance(got, (bool, np.bool_)) and not got
    # the last row of a few: one order in N keeps it, so a single try does not find out
    assert not is_invariant(lambda H: H[-1], H[:3], 40)

    def orders_tried(is_invariant, H):
        seen = []
        is_invariant(lambda rows: seen.append(rows.tolist()) or 0.0, H, 25)
        return seen

    H = rng.normal(size=(20, 2))  # so many orders that none comes twice
    seen = inside(orders_tried)(is_invariant, H)
    assert all(sorted(rows) == sorted(H.tolist()) for rows in seen)
    tried = {tuple(map(tuple, rows)) for rows in seen} - {tuple(map(tuple, H.tolist()))}
    assert len(tried) == 25


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: keeps_readout is wrong for some matrix. It need not be a permutation; ask what happens to the
  sum of the rows.
"""  # END TEST CONFIG


def test_matrices(keeps_readout):
    import numpy as np

    rng = np.random.default_rng(162)
    n = 5
    cases = [np.eye(n)[rng.permutation(n)] for _ in range(3)]
    one_per_row, one_per_column = np.eye(n)[[0, 0, 3, 4, 2]], np.eye(n)[[0, 0, 3, 4, 2]].T
    mean, turn = np.full((n, n), 1 / n), np.linalg.qr(rng.normal(size=(n, n)))[0]
    stochastic = rng.random((n, n)) / n
    stochastic += (1 - stochastic.sum(axis=0)) / n
    cases += [one_per_row, one_per_column, mean, turn, stochastic, stochastic.T, -np.eye(n), 2 * np.eye(n)]
    # columns that add up to 1, with negative entries; the sum of all entries is right, the columns are not
    cases += [np.array([[3.0, -1.0], [-2.0, 2.0]]), np.diag([1.5, 0.5]), np.array([[1.0]]), np.array([[-1.0]])]
    cases += [np.eye(3) + 3e-10, np.eye(3) + 1e-8, np.eye(3) - 1e-8]
    results = set()
    for M in cases:
        H = rng.normal(size=(len(M), 50))
        holds = bool(np.abs((M @ H).sum(axis=0) - H.sum(axis=0)).max() < 6e-9)
        got = keeps_readout(M)
        assert isinstance(got, (bool, np.bool_)) and bool(got) is holds
        results.add(holds)
    assert results == {True, False}


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-13.7"
# # BEGIN QUESTION
# name: q7_graph_layer
# points: 5

# %% [markdown]
# ## 7. A layer for graphs
#
# The simplest graph layer gives every node a new vector, with $D_o$ entries, from its own old one, with $D_i$
# entries, and from the sum of those that arrive along its edges:
#
# $$\text{GraphLayer}[H, A] \;=\; \text{ReLU}\big( \mathbf{1} \beta^\top + [H,\, A H]\; \Omega^\top \big) .$$
#
# $[H, A H]$ has shape $(N, 2 D_i)$: $H$ on the left, $A H$ on the right. $\Omega$ has shape $(D_o, 2 D_i)$ and
# $\beta$ has $D_o$ entries. With $D_i = D_o = 1$, $\Omega = (1, -2)$, $\beta = 10$, the path $0 - 1 - 2$ and
# $H$ with the rows $3, 4, 5$, the middle node gets $\text{ReLU}(10 + 4 - 2 \cdot (3 + 5)) = 0$ and the outer
# ones $5$ and $7$.
#
# - Write the module `GraphLayer(d_in, d_out)` with exactly two parameters, `omega` of shape `(d_out, 2 * d_in)`,
#   drawn from a standard normal distribution, and `beta` of shape `(d_out,)`, zero at the start.
#   `forward(H, A)` takes `H` of shape `(N, d_in)` and `A` of shape `(N, N)`, directed or not ($A_{mn} = 1$ is
#   an edge from $n$ to $m$), and returns `(N, d_out)`. All tensors have one dtype: the tests call `.double()`,
#   and then everything is float64. One layer serves graphs of any size.
# - Renumbering the nodes before the layer or after it gives the same: the layer is **equivariant**. Write
#   `equivariance_gap(layer, H, A, P)`: the largest absolute entry of
#   $P\,\text{layer}(H, A) - \text{layer}(P H,\, P A P^\top)$, as a float. `layer` is any function of `H` and
#   `A`, all tensors; `P` is a permutation matrix of the same dtype.


# %% [raw]
# # BEGIN SOLUTION
# %%
class GraphLayer(nn.Module):
    """Own vector and sum of the arriving ones, through a linear map and a ReLU."""

    def __init__(self, d_in, d_out):
        super().__init__()
        # BEGIN SOLUTION
        self.omega = nn.Parameter(torch.randn(d_out, 2 * d_in))
        self.beta = nn.Parameter(torch.zeros(d_out))
        # END SOLUTION

    def forward(self, H, A):
        """H: (N, d_in), A: (N, N) -> (N, d_out)."""
        # BEGIN SOLUTION
        return torch.relu(self.beta + torch.cat([H, A @ H], dim=1) @ self.omega.T)
        # END SOLUTION


def equivariance_gap(layer, H, A, P):
    """Largest difference between renumbering the nodes after the layer and before it, a float."""
    # BEGIN SOLUTION
    return float((P @ layer(H, A) - layer(P @ H, P @ A @ P.T)).abs().max())
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: On the path with H = (3, 4, 5), omega = (1, -2) and beta = 10 the layer gives 5, 0, 7.
"""  # END TEST CONFIG


def test_path(GraphLayer, equivariance_gap):
    import torch
    from torch import nn

    layer = GraphLayer(3, 2)
    assert isinstance(layer, nn.Module), "GraphLayer(3, 2) should be a torch.nn.Module"
    for name, shape in (("omega", (2, 6)), ("beta", (2,))):
        assert hasattr(layer, name), f"GraphLayer(3, 2) has no parameter {name}"
        got = tuple(getattr(layer, name).shape)
        assert got == shape, f"GraphLayer(3, 2): {name} should have shape {shape}, got {got}"
    layer = GraphLayer(1, 1)
    layer.load_state_dict({"omega": torch.tensor([[1.0, -2.0]]), "beta": torch.tensor([10.0])})
    path = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    out = layer(torch.tensor([[3.0], [4.0], [5.0]]), path)
    assert out is not None, "forward returned None: expected a tensor of shape (3, 1)"
    assert tuple(out.shape) == (3, 1), f"forward: expected shape (3, 1), got {tuple(out.shape)}"
    out = out.detach().flatten()
    assert torch.allclose(out, torch.tensor([5.0, 0.0, 7.0]), atol=1e-5), f"expected 5, 0, 7, got {out.tolist()}"
    swap = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    doubled = torch.tensor([[3.0], [4.0], [5.0]])
    got = equivariance_gap(lambda H, A: 2 * H, doubled, path, swap)
    assert got is not None, "equivariance_gap(...) returned None: expected a number"
    assert isinstance(got, (int, float)), "equivariance_gap should return a float"
    assert got == 0, f"equivariance_gap of a layer that doubles H: expected 0, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The layer does not compute its formula for some graph. Work out one node of a directed graph
  by hand, and an isolated node.
"""  # END TEST CONFIG


def test_node_by_node(GraphLayer):
    import torch

    def run(GraphLayer, sizes, omega, beta, graphs):
        layer = GraphLayer(*sizes).to(omega.dtype)
        layer.load_state_dict({"omega": omega, "beta": beta})
        return [layer(H, A).detach() for H, A in graphs]

    rng = torch.Generator().manual_seed(163)
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
        for d_in, d_out in ((1, 1), (3, 2), (2, 5), (4, 4)):
            omega = torch.randn(d_out, 2 * d_in, generator=rng, dtype=dtype)
            beta = torch.randn(d_out, generator=rng, dtype=dtype)
            graphs = []
            for n in (1, 2, 5, 8):
                A = (torch.rand(n, n, generator=rng) < 0.5).to(dtype) * (1 - torch.eye(n, dtype=dtype))
                A[n // 2, :] = 0  # nothing arrives at this node
                graphs.append((torch.randn(d_in, n, generator=rng, dtype=dtype).T, A))
            outs = inside(run)(GraphLayer, (d_in, d_out), omega, beta, graphs)
            for (H, A), out in zip(graphs, outs):
                assert out.dtype == dtype and tuple(out.shape) == (len(H), d_out)
                for m in range(len(H)):
                    arrives = torch.zeros(d_in, dtype=dtype)
                    for n in range(len(H)):
                        if A[m, n]:
                            arrives = arrives + H[n]
                    for j in range(d_out):
                        z = beta[j] + omega[j, :d_in].dot(H[m]) + omega[j, d_in:].dot(arrives)
                        # sums of at most 35 terms of size about 1 to 10
                        assert abs(out[m, j] - max(z, 0.0)) <= tolerance * 30


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The parameters are not as asked, or the layer depends on the numbering of the nodes.
"""  # END TEST CONFIG


def test_parameters(GraphLayer):
    import torch

    def probe(GraphLayer, H, A, P):
        import torch

        wide = GraphLayer(40, 50)
        shapes = {name: tuple(p.shape) for name, p in wide.named_parameters()}
        start = float(wide.omega.detach().mean()), float(wide.omega.detach().std()), float(wide.beta.abs().max())
        layer = GraphLayer(H.shape[1], 6).double()
        with torch.no_grad():
            layer.beta.normal_()
        gap = (P @ layer(H, A) - layer(P @ H, P @ A @ P.T)).abs().max()
        (layer(H, A) ** 2).sum().backward()
        reached = [p.grad is not None and bool(p.grad.any()) for p in layer.parameters()]
        return shapes, start, float(gap), reached

    rng = torch.Generator().manual_seed(164)
    A = (torch.rand(7, 7, generator=rng) < 0.4).double()
    P = torch.eye(7, dtype=torch.float64)[torch.randperm(7, generator=rng)]
    H = torch.randn(7, 3, generator=rng, dtype=torch.float64)
    shapes, (mean, std, largest), gap, reached = inside(probe)(GraphLayer, H, A, P)
    assert shapes == {"omega": (50, 80), "beta": (50,)}
    # 4000 standard normal numbers: the mean strays by 0.016, the standard deviation by 0.011
    assert abs(mean) < 0.15 and abs(std - 1) < 0.15 and largest == 0
    assert gap < 1e-12
    assert all(reached)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: equivariance_gap is wrong for some layer. The second call gets renumbered nodes and a
  renumbered graph, and a gap may have either sign.
"""  # END TEST CONFIG


def test_gap(equivariance_gap):
    import torch

    rng = torch.Generator().manual_seed(165)
    layers = [
        lambda H, A: H * torch.arange(1.0, len(H) + 1, dtype=H.dtype)[:, None],
        lambda H, A: H + torch.triu(A) @ H,
        lambda H, A: H[:1].expand(len(H), -1),
        lambda H, A: torch.cumsum(H, dim=0),
        lambda H, A: A.T @ torch.tanh(A @ H),
        lambda H, A: H * (A @ A).diagonal()[:, None],
    ]
    nonzero = 0
    for n, d in ((1, 1), (4, 2), (7, 3)):
        for layer in layers:
            H = torch.randn(n, d, generator=rng, dtype=torch.float64)
            A = (torch.rand(n, n, generator=rng) < 0.5).double()
            order = torch.randperm(n, generator=rng).tolist()
            P = torch.eye(n, dtype=torch.float64)[order]
            before = layer(H[order], A[order][:, order])
            after = layer(H, A)
            gap = max(abs(float(after[old, k] - before[new, k])) for new, old in enumerate(order) for k in range(d))
            got = equivariance_gap(layer, H, A, P)
            assert isinstance(got, (int, float)) and abs(got - gap) < 1e-12
            nonzero += gap > 0.1
    assert nonzero >= 6


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-13.7"
# # BEGIN QUESTION
# name: q8_proof_steps
# points: 4

# %% [markdown]
# ## 8. Why the numbering does not matter
#
# Here is the proof that the layer $\text{ReLU}\big( \mathbf{1} \beta^\top + [H,\, A H]\,\Omega^\top \big)$ is
# equivariant. Write $\Omega = [\Omega_1, \Omega_2]$ for its two halves. For a permutation matrix $P$,
#
# $$
# P\,\text{ReLU}\big(\mathbf{1}\beta^\top + H \Omega_1^\top + A H \Omega_2^\top\big)
# = \text{ReLU}\big(P\mathbf{1}\beta^\top + P H \Omega_1^\top + P A H \Omega_2^\top\big)
# = \text{ReLU}\big(\mathbf{1}\beta^\top + (P H) \Omega_1^\top + (P A P^\top)(P H) \Omega_2^\top\big),
# $$
#
# and the right side is the layer applied to the renumbered graph. Three facts about $P$ were used:
#
# - `"activation"`: $\text{ReLU}(P Z) = P\,\text{ReLU}(Z)$ for every matrix $Z$ with $N$ rows;
# - `"bias"`: $P \mathbf{1} \beta^\top = \mathbf{1} \beta^\top$ for every vector $\beta$;
# - `"sum"`: $(P A P^\top)(P H) = P A H$ for every $A$ of shape $(N, N)$ and every $H$ with $N$ rows.
#
# Which property of $P$ does each need? To find out, put any square matrix $M$ in the place of $P$. Write
# `proof_steps(M)`: for a float array `M` of shape `(N, N)`, not all zero, it returns a dictionary with these
# three keys, each `True` if the fact holds for $M$ and `False` if not. Compare numbers within $10^{-9}$,
# so that rounding does not count. For `M` $= 2 I$ the first fact holds and the other two do not.
#
# Then decide six statements about the equality $P\,\text{layer}(H, A) = \text{layer}(P H, P A P^\top)$. Set
# `layer_facts` to `True` or `False`:
#
# - `"needs_undirected"`: it holds for all permutation matrices $P$ only if $A$ is symmetric.
# - `"any_elementwise"`: it holds for all permutation matrices $P$ with any function in place of the ReLU that
#   acts on each entry alone, and on all in the same way.
# - `"node_bias"`: it still holds for all $P$, whatever fixed matrix of shape $(N, D_o)$ replaces
#   $\mathbf{1} \beta^\top$, where $D_o$ is the width of the output.
# - `"softmax_over_nodes"`: it still holds for all $P$ if the ReLU is replaced by a softmax down each column, over
#   the nodes.
# - `"order_of_features"`: if inputs and outputs have the same width, the columns can be re-ordered, too: for all
#   $\Omega$ and $\beta$, a new order of the columns of $H$ gives the output with its columns in this new order.
# - `"more_than_permutations"`: without an activation (a linear layer), and with six nodes, it holds for all
#   $A, H, \Omega, \beta$ also with some matrix in place of $P$ that is no permutation matrix.


# %% [raw]
# # BEGIN SOLUTION
# %%
def proof_steps(M):
    """Which facts of the proof hold for M in place of P: {"activation": bool, "bias": bool, "sum": bool}."""
    # BEGIN SOLUTION
    used = M > 1e-9
    return {
        # ReLU passes a positive factor, but neither a sign nor a sum
        "activation": bool((M >= -1e-9).all() and (used.sum(axis=1) <= 1).all()),
        "bias": np.allclose(M.sum(axis=1), 1, rtol=0, atol=1e-9),
        "sum": np.allclose(M.T @ M, np.eye(len(M)), rtol=0, atol=1e-9),
    }
    # END SOLUTION


layer_facts = {}
layer_facts["needs_undirected"] = False  # SOLUTION
layer_facts["any_elementwise"] = True  # SOLUTION
layer_facts["node_bias"] = False  # SOLUTION
layer_facts["softmax_over_nodes"] = True  # SOLUTION
layer_facts["order_of_features"] = False  # SOLUTION
layer_facts["more_than_permutations"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For two times the identity only the activation commutes, for a swap of two nodes all three
  facts hold; layer_facts holds six booleans.
"""  # END TEST CONFIG


def test_two_matrices(proof_steps, layer_facts):
    import numpy as np

    doubled = {"activation": True, "bias": False, "sum": False}
    swapped = {"activation": True, "bias": True, "sum": True}
    for M, expected in (([[2.0, 0.0], [0.0, 2.0]], doubled), ([[0.0, 1.0], [1.0, 0.0]], swapped)):
        got = proof_steps(np.array(M))
        assert got is not None, "proof_steps(...) returned None: expected a dictionary"
        assert isinstance(got, dict), "proof_steps should return a dictionary"
        for key, value in expected.items():
            assert isinstance(got.get(key), (bool, np.bool_)), f"proof_steps(...)[{key!r}] should be True or False"
            assert bool(got[key]) is value, f"proof_steps({M})[{key!r}]: expected {value}, got {got[key]}"
    assert isinstance(layer_facts, dict), "layer_facts should be a dictionary"
    keys = ["needs_undirected", "any_elementwise", "node_bias", "softmax_over_nodes"]
    for key in keys + ["order_of_features", "more_than_permutations"]:
        assert isinstance(layer_facts.get(key), (bool, np.bool_)), f"layer_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some matrix a step of the proof is said to hold and does not, or the other way round. Try
  the step itself on random Z, beta, A and H.
"""  # END TEST CONFIG


def test_steps_measured(proof_steps):
    import numpy as np

    rng = np.random.default_rng(166)
    eye, permuted = np.eye(4), np.eye(4)[[2, 0, 3, 1]]
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    mirror = eye - 2 * np.outer([1, -1, 1, -1], [1, -1, 1, -1]) / 4  # orthogonal, row sums one
    doubled_node = eye[[0, 0, 3, 1]]
    cases = [permuted, turn, mirror, doubled_node, doubled_node.T, -permuted, permuted @ np.diag([1, -1, 1, 1])]
    cases += [np.full((4, 4), 0.25), permuted @ np.diag([0.5, 2, 1, 3]), rng.random((4, 4)), -doubled_node]
    cases += [np.array([[1.0]]), np.array([[-1.0]]), np.array([[0.5]]), np.array([[1.5, -0.5], [0.0, 1.0]])]
    cases += [np.array([[0.6, 0.8], [-0.8, 0.6]]), np.array([[0.5, 0.5], [0.0, 1.0]]), np.diag([1.0, 1, 1, 0])]
    # rounding, then small but real differences
    noise = 1e-12 * rng.normal(size=(4, 4))
    cases += [permuted + noise, doubled_node - noise, np.diag([1, 1, 1, 1 + 1e-6]), eye - 1e-6, eye + 1e-6]
    cases += [np.array([[1 - 1e-6, 1e-6], [0, 1]]), np.array([[1 + 1e-6, -1e-6], [0, 1]]), (1 - 1e-6) * permuted]
    # a single negative entry, small against the others
    cases += [np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, -1e-6]])]
    seen = set()
    for M in cases:
        n = len(M)
        Z, H, A = rng.normal(size=(n, 300)), rng.normal(size=(n, 20)), rng.normal(size=(n, n))
        gaps = {
            "activation": np.maximum(M @ Z, 0) - M @ np.maximum(Z, 0),
            "bias": M @ np.ones((n, 1)) - 1,
            "sum": (M @ A @ M.T) @ (M @ H) - M @ A @ H,
        }
        got = proof_steps(M)
        assert isinstance(got, dict) and set(got) == set(gaps)
        for key, gap in gaps.items():
            # noise of 1e-12 moves a step by about 1e-11, real differences of 1e-6 by more than 1e-7
            holds = bool(np.abs(gap).max() < 1e-9)
            assert isinstance(got[key], (bool, np.bool_)) and bool(got[key]) is holds
            seen.add((key, holds))
    assert len(seen) == 6


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements is decided wrongly. Build the changed layer and compare
  both sides on a random graph.
"""  # END TEST CONFIG


def test_layer_facts(layer_facts):
    import numpy as np

    rng = np.random.default_rng(167)
    n, d = 6, 3
    H, beta, fixed = rng.normal(size=(n, d)), rng.normal(size=d), rng.normal(size=(n, d))
    own, other = rng.normal(size=(2, d, d))
    directed = (rng.random((n, n)) < 0.5).astype(float)
    undirected = np.triu(directed, 1) + np.triu(directed, 1).T
    permutations = [np.eye(n)[rng.permutation(n)] for _ in range(20)]
    activations = [lambda z: np.maximum(z, 0), np.tanh, np.cos, lambda z: z**2, np.sign]

    def same(P, A, activation, offset=beta):
        layer = lambda H, A: activation(offset + H @ own.T + A @ H @ other.T)
        return np.abs(P @ layer(H, A) - layer(P @ H, P @ A @ P.T)).max() < 1e-9

    def softmax(z):
        return np.exp(z - z.max(axis=0)) / np.exp(z - z.max(axis=0)).sum(axis=0)

    relu = activations[0]
    columns = [2, 0, 1]
    layer = lambda H: relu(beta + H @ own.T + directed @ H @ other.T)
    mirror = np.eye(n) - 2 * np.outer([1, -1] * 3, [1, -1] * 3) / n
    facts = {
        "needs_undirected": not all(same(P, directed, relu) for P in permutations),
        "any_elementwise": all(
            same(P, directed, a) and same(P, undirected, a) for P in permutations for a in activations
        ),
        "node_bias": all(same(P, directed, relu, fixed) for P in permutations),
        "softmax_over_nodes": all(same(P, directed, softmax) for P in permutations),
        "order_of_features": np.allclose(layer(H)[:, columns], layer(H[:, columns])),
        "more_than_permutations": same(mirror, directed, lambda z: z),
    }
    for key, fact in facts.items():
        assert isinstance(layer_facts[key], (bool, np.bool_))
        assert bool(layer_facts[key]) is bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-13.9"
# # BEGIN QUESTION
# name: q9_mean_aggregation
# points: 5

# %% [markdown]
# ## 9. The mean over a node and its neighbours
#
# GraphSAGE is a graph network that pools a node with its neighbours by their mean:
#
# $$\text{agg}_n \;=\; \frac{h_n + \sum_{m} h_m}{1 + d_n},$$
#
# where the sum runs over the $d_n$ neighbours of node $n$ in an undirected graph. For the path $0 - 1 - 2$ with
# $h = 3, 5, 10$ this gives $4$, $6$ and $7.5$. All nodes at once are a product $S H$ with a matrix $S$ that is
# made of the adjacency matrix, the degrees and the identity.
#
# - `sage_matrix(A)` returns $S$, float64 of shape `(N, N)`. `A` is an int64 array, symmetric with zeros and
#   ones and a zero diagonal; nodes may be isolated.
# - `sage_mean(H, A)` returns the pooled embeddings, float64 of shape `(N, D)`.
# - Apply the mean again and again, with nothing in between. If the graph is connected, all nodes end up with
#   the same vector; this is known as **over-smoothing**. `smoothed(H, A)` returns this vector, float64 of shape
#   `(D,)`. It is not the plain mean of the rows of $H$: well connected nodes count more. Find numbers $w_n$
#   such that $\sum_n w_n\,\text{agg}_n = \sum_n w_n h_n$ for every $H$; then no step changes this sum. On the
#   path above the limit is $41/7$. Give a formula: very long paths need very many steps.


# %% [raw]
# # BEGIN SOLUTION
# %%
def sage_matrix(A):
    """The matrix S for which S @ H is the mean over each node and its neighbours, float64 (N, N)."""
    # BEGIN SOLUTION
    with_self = A + np.eye(len(A))
    return with_self / with_self.sum(axis=1, keepdims=True)
    # END SOLUTION


def sage_mean(H, A):
    """Mean over each node and its neighbours, float64 (N, D)."""
    # BEGIN SOLUTION
    return sage_matrix(A) @ H
    # END SOLUTION


def smoothed(H, A):
    """The vector to which all nodes of a connected graph tend under repeated means, float64 (D,)."""
    # BEGIN SOLUTION
    weights = 1 + A.sum(axis=1)
    return weights @ H / weights.sum()
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: On the path with h = 3, 5, 10 the means are 4, 6 and 7.5, and the limit is 41/7.
"""  # END TEST CONFIG


def test_path(sage_matrix, sage_mean, smoothed):
    import numpy as np

    A = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    H = np.array([[3.0], [5.0], [10.0]])
    S = sage_matrix(A)
    assert S is not None, "sage_matrix(A) returned None: expected an array of shape (3, 3)"
    assert np.shape(S) == (3, 3), f"sage_matrix: expected shape (3, 3), got {np.shape(S)}"
    agg = sage_mean(H, A)
    assert agg is not None, "sage_mean(H, A) returned None: expected an array of shape (3, 1)"
    assert np.shape(agg) == (3, 1), f"sage_mean: expected shape (3, 1), got {np.shape(agg)}"
    for name, value in (("sage_mean", np.ravel(agg)), ("sage_matrix(A) @ H", np.ravel(S @ H))):
        assert np.allclose(value, [4, 6, 7.5]), f"{name}: expected 4, 6, 7.5, got {value.tolist()}"
    limit = smoothed(H, A)
    assert limit is not None, "smoothed(H, A) returned None: expected an array of shape (1,)"
    assert np.shape(limit) == (1,), f"smoothed: expected shape (1,), got {np.shape(limit)}"
    assert np.allclose(limit, 41 / 7), f"smoothed: expected 41/7, got {limit.tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some graph the mean over a node and its neighbours is not right. Whose degree divides,
  and what does an isolated node get?
"""  # END TEST CONFIG


def test_node_by_node(sage_matrix, sage_mean):
    import math

    import numpy as np

    rng = np.random.default_rng(168)
    for n, d, share in ((1, 1, 0.0), (2, 3, 1.0), (3, 1, 0.0), (6, 2, 0.5), (9, 4, 0.3), (20, 3, 0.15)):
        A = np.triu(rng.random((n, n)) < share, 1).astype(np.int64)
        A = A + A.T
        if n > 5:
            A[2] = A[:, 2] = 0  # an isolated node
        H = rng.normal(size=(d, n)).T
        agg, S = sage_mean(H, A), sage_matrix(A)
        assert np.shape(agg) == (n, d) and np.shape(S) == (n, n)
        assert np.asarray(agg).dtype == np.float64 and np.asarray(S).dtype == np.float64
        for m in range(n):
            group = [m] + [k for k in range(n) if A[m, k]]
            for j in range(d):
                mean = math.fsum(H[k, j] for k in group) / len(group)
                # a mean of at most 20 numbers of size 1
                assert abs(agg[m, j] - mean) < 1e-12 and abs((S @ H)[m, j] - mean) < 1e-12
            # with unit vectors for H the matrix itself is the answer
            for k in range(n):
                assert abs(S[m, k] - (k in group) / len(group)) < 1e-12
        assert np.array_equal(sage_mean(np.ones((n, 2), dtype=np.int64), A).round(9), np.ones((n, 2)))


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: smoothed is not where repeated means lead. Nodes count by something that can be read off the
  graph, and only by that.
"""  # END TEST CONFIG


def test_many_means(smoothed):
    import numpy as np

    rng = np.random.default_rng(169)
    graphs = [np.zeros((1, 1), dtype=np.int64), np.ones((2, 2), dtype=np.int64) - np.eye(2, dtype=np.int64)]
    star = np.zeros((7, 7), dtype=np.int64)
    star[0, 1:] = star[1:, 0] = 1
    graphs.append(star)
    for n in (4, 7, 12):
        A = np.triu(rng.random((n, n)) < 0.3, 1).astype(np.int64)
        A[np.arange(n - 1), np.arange(1, n)] = 1  # a path through all nodes keeps it connected
        graphs.append(A + A.T)
    for A in graphs:
        n = len(A)
        H = rng.normal(size=(n, 3)) + 2
        step = np.eye(n)
        for m in range(n):
            step[m] = [(k == m or A[m, k]) / (1 + np.count_nonzero(A[m])) for k in range(n)]
        h = H
        for _ in range(3000):
            h = step @ h
        got = smoothed(H, A)
        assert np.shape(got) == (3,) and np.asarray(got).dtype == np.float64
        # 3000 steps leave less than 1e-12 of the differences, and rounding of about 1e-13
        assert np.abs(h - got).max() < 1e-10


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_smoothing():
    A = np.zeros((6, 6), dtype=np.int64)
    for m, n in GRAPH_B:
        A[m, n] = A[n, m] = 1
    H = np.array([[3.0], [-1.0], [0.0], [2.0], [-3.0], [1.0]])
    steps, h = [H[:, 0]], H
    for _ in range(12):
        h = sage_mean(h, A)
        steps.append(h[:, 0])
    shade = lambda values: plt.cm.viridis(0.85 * (values + 3) / 6)  # from -3 dark to 3 bright
    figure, axes = plt.subplots(1, 3, figsize=(12, 3))
    paint_graph(axes[0], GRAPH_B, places_on_circle(6), "at the start", colors=shade(steps[0]))
    paint_graph(axes[1], GRAPH_B, places_on_circle(6), "after two means", colors=shade(steps[2]))
    axes[2].plot(np.stack(steps))
    axes[2].axhline(smoothed(H, A)[0], color="black", linestyle=":", label="limit")
    axes[2].set(title="GRAPH_B: all nodes become alike", xlabel="means taken", ylabel="$h_n$")
    axes[2].legend()
    figure.tight_layout()


show(draw_smoothing)

# %% [raw] sources="udl-13.10"
# # BEGIN QUESTION
# name: q10_attention
# points: 6

# %% [markdown]
# ## 10. Attention that follows the edges
#
# In dot-product self-attention every node computes a query $q_n$, a key $k_n$ and a value $v_n$, each by a
# linear map with a bias. Node $n$ gives node $m$ the score $q_n^\top k_m$; a softmax over all $m$ turns the
# scores of node $n$ into weights; its output is the weighted sum of the values. There are no edges in this: every
# node attends to every node. Change it so that a node attends **only to itself and its neighbours**: the weights
# of these nodes add up to one, and all others have the weight zero. If node $0$ of four nodes has the neighbours
# $1$ and $2$, and gives the scores $s_0, s_1, s_2, s_3$, its weights are $e^{s_0}, e^{s_1}, e^{s_2}, 0$, divided by
# $e^{s_0} + e^{s_1} + e^{s_2}$.
#
# - Write the module `GraphAttention(d_in, d_k, d_v)` with three `nn.Linear` layers named `q`, `k` (width `d_k`)
#   and `v` (width `d_v`). The method `attention(H, A)` returns the weights, shape `(N, N)`, row $n$ for node
#   $n$. `forward(H, A)` returns the outputs, shape `(N, d_v)`. `H` has shape `(N, d_in)` and `A` shape `(N, N)`
#   with the dtype of `H`; in a directed graph a node attends to the nodes from which an edge comes. An entry
#   $A_{nn} = 1$ changes nothing: every node attends to itself anyway. Scores are not scaled, and there is no
#   activation. Scores may be as large as $10^4$.
# - Draw the flow of data through your layer as a diagram, and write it down as a set of arrows `diagram`. The
#   boxes are `"H"`, `"A"`, `"Q"`, `"K"`, `"V"`, `"scores"` (before edges play a role), `"masked scores"`,
#   `"weights"` and `"output"`. An arrow `(from, to)` says that the second box is computed directly from the
#   first. One arrow is `("H", "Q")`.


# %% [raw]
# # BEGIN SOLUTION
# %%
class GraphAttention(nn.Module):
    """Dot-product self-attention in which a node sees itself and its neighbours only."""

    def __init__(self, d_in, d_k, d_v):
        super().__init__()
        # BEGIN SOLUTION
        self.q = nn.Linear(d_in, d_k)
        self.k = nn.Linear(d_in, d_k)
        self.v = nn.Linear(d_in, d_v)
        # END SOLUTION

    def attention(self, H, A):
        """Weights, (N, N): row n says how much node n takes from each node."""
        # BEGIN SOLUTION
        scores = self.q(H) @ self.k(H).T
        hidden = A + torch.eye(len(A)) == 0
        return torch.softmax(scores.masked_fill(hidden, -math.inf), dim=1)
        # END SOLUTION

    def forward(self, H, A):
        """H: (N, d_in), A: (N, N) -> (N, d_v)."""
        # BEGIN SOLUTION
        return self.attention(H, A) @ self.v(H)
        # END SOLUTION


diagram = set()
# BEGIN SOLUTION
diagram.update({("H", "Q"), ("H", "K"), ("H", "V"), ("Q", "scores"), ("K", "scores"), ("scores", "masked scores")})
diagram.update({("A", "masked scores"), ("masked scores", "weights"), ("weights", "output"), ("V", "output")})
# END SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With equal scores, a node at the end of the path takes half of its own value and half of its
  neighbour's; diagram is a set of pairs of box names.
"""  # END TEST CONFIG


def test_equal_scores(GraphAttention, diagram):
    import torch
    from torch import nn

    layer = GraphAttention(2, 3, 1)
    assert isinstance(layer, nn.Module), "GraphAttention(2, 3, 1) should be a torch.nn.Module"
    for name, width in (("q", 3), ("k", 3), ("v", 1)):
        assert hasattr(layer, name), f"GraphAttention(2, 3, 1) has no layer {name}"
        got = tuple(getattr(layer, name).weight.shape)
        assert got == (width, 2), f"the weight of {name} should have shape {(width, 2)}, got {got}"
    state = {"q.weight": torch.zeros(3, 2), "k.weight": torch.zeros(3, 2), "v.weight": torch.tensor([[1.0, 0.0]])}
    state |= {"q.bias": torch.zeros(3), "k.bias": torch.zeros(3), "v.bias": torch.zeros(1)}
    layer.load_state_dict(state)
    path = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    H = torch.tensor([[2.0, 9.0], [4.0, 9.0], [12.0, 9.0]])
    weights, out = layer.attention(H, path), layer(H, path)
    assert weights is not None, "attention(H, A) returned None: expected a tensor of shape (3, 3)"
    assert tuple(weights.shape) == (3, 3), f"attention: expected shape (3, 3), got {tuple(weights.shape)}"
    got = weights[0]
    assert torch.allclose(got, torch.tensor([0.5, 0.5, 0.0])), f"node 0: expected 0.5, 0.5, 0, got {got.tolist()}"
    assert out is not None, "forward returned None: expected a tensor of shape (3, 1)"
    assert tuple(out.shape) == (3, 1), f"forward: expected shape (3, 1), got {tuple(out.shape)}"
    got = out.flatten()
    assert torch.allclose(got, torch.tensor([3.0, 6.0, 8.0])), f"forward: expected 3, 6, 8, got {got.tolist()}"
    assert isinstance(diagram, (set, frozenset)), "diagram should be a set"
    boxes = {"H", "A", "Q", "K", "V", "scores", "masked scores", "weights", "output"}
    for arrow in diagram:
        assert isinstance(arrow, tuple) and len(arrow) == 2, f"an arrow should be a pair (from, to), got {arrow!r}"
        assert set(arrow) <= boxes, f"{arrow}: at least one of these is not the name of a box"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Weights or outputs are wrong for some graph. Compute one node with a loop over itself and its
  neighbours; try a directed graph and large scores.
"""  # END TEST CONFIG


def test_node_by_node(GraphAttention):
    import math

    import torch

    def run(GraphAttention, sizes, state, graphs):
        layer = GraphAttention(*sizes)
        layer = layer.to(state["q.weight"].dtype)
        layer.load_state_dict(state)
        return [(layer.attention(H, A).detach(), layer(H, A).detach()) for H, A in graphs]

    rng = torch.Generator().manual_seed(170)
    for dtype, tolerance in ((torch.float64, 1e-11), (torch.float32, 3e-5)):
        for d_in, d_k, d_v in ((1, 1, 1), (3, 2, 4), (2, 5, 3)):
            state = {}
            for name, width in (("q", d_k), ("k", d_k), ("v", d_v)):
                state[f"{name}.weight"] = torch.randn(width, d_in, generator=rng, dtype=dtype)
                state[f"{name}.bias"] = torch.randn(width, generator=rng, dtype=dtype)
            graphs = []
            for n, size in ((1, 1), (2, 1), (6, 1), (6, 60)):
                A = (torch.rand(n, n, generator=rng) < 0.4).to(dtype) * (1 - torch.eye(n, dtype=dtype))
                A[n - 1] = 0  # to this node no edge comes
                # large inputs are whole numbers: their scores, up to 1e4, then differ by more than rounding
                H = torch.randn(n, d_in, generator=rng, dtype=dtype)
                graphs.append((H if size == 1 else (size * H).round(), A))
            results = inside(run)(GraphAttention, (d_in, d_k, d_v), state, graphs)
            for (H, A), (weights, out) in zip(graphs, results):
                n = len(H)
                assert weights.dtype == dtype and tuple(weights.shape) == (n, n) and tuple(out.shape) == (n, d_v)
                exact = {name: tensor.double() for name, tensor in state.items()}
                q, k, v = [(H.double() @ exact[f"{s}.weight"].T + exact[f"{s}.bias"]).tolist() for s in "qkv"]
                for i in range(n):
                    group = [j for j in range(n) if j == i or A[i, j]]
                    scores = {j: math.fsum(a * b for a, b in zip(q[i], k[j])) for j in group}
                    top = max(scores.values())
                    total = sum(math.exp(s - top) for s in scores.values())
                    share = {j: math.exp(scores[j] - top) / total for j in group}
                    scale = 1 + max(abs(s) for s in scores.values())
                    for j in range(n):
                        # rounding of a score is relative: it shifts a weight by as much as the score is large
                        assert abs(weights[i, j].item() - share.get(j, 0.0)) <= tolerance * scale
                        assert j in group or weights[i, j] == 0
                    for c in range(d_v):
                        value = math.fsum(share[j] * v[j][c] for j in group)
                        width = 1 + max(abs(v[j][c]) for j in group)
                        assert abs(out[i, c].item() - value) <= 2 * tolerance * scale * width


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The layer does not have a property that it should have - locality, equivariance, ordinary
  attention on a complete graph, or parameters that learn.
"""  # END TEST CONFIG


def test_properties(GraphAttention):
    import torch

    def probe(GraphAttention, sizes, H, A, P, moved):
        import torch

        layer = GraphAttention(*sizes).double()
        out = layer(H, A)
        names = sorted(name for name, _ in layer.named_parameters())
        renumbered = layer(P @ H, P @ A @ P.T)
        complete = layer(H, 1 - torch.eye(len(H), dtype=H.dtype))
        plain = torch.nn.functional.scaled_dot_product_attention(layer.q(H), layer.k(H), layer.v(H), scale=1.0)
        lonely = layer(H, torch.zeros_like(A))
        values = layer.v(H)
        away = layer(moved, A)
        with_loops = layer(H, torch.maximum(A, torch.eye(len(H), dtype=H.dtype)))
        (out**2).sum().backward()
        # a bias of the keys moves all scores of a node alike: the softmax does not see it
        learned = [n for n, p in layer.named_parameters() if p.grad is not None and bool(p.grad.any())]
        tensors = [out, P @ out, renumbered, complete, plain, lonely, values, away, with_loops]
        return [t.detach() for t in tensors], names, learned

    rng = torch.Generator().manual_seed(171)
    n = 7
    A = torch.zeros(n, n, dtype=torch.float64)
    for start, end in ((0, 1), (1, 2), (2, 0), (3, 2), (4, 3), (5, 6), (6, 5), (3, 5)):
        A[end, start] = 1
    P = torch.eye(n, dtype=torch.float64)[torch.randperm(n, generator=rng)]
    H = torch.randn(n, 3, generator=rng, dtype=torch.float64)
    moved = H.clone()
    moved[3] += 1  # nodes 2 and 5 attend to node 3, and it to itself
    tensors, names, learned = inside(probe)(GraphAttention, (3, 4, 2), H, A, P, moved)
    out, permuted, renumbered, complete, plain, lonely, values, away, with_loops = tensors
    assert names == sorted(f"{name}.{part}" for name in "qkv" for part in ("weight", "bias"))
    assert {"q.weight", "q.bias", "k.weight", "v.weight", "v.bias"} <= set(learned)
    # float64, a handful of operations
    assert torch.allclose(permuted, renumbered, rtol=0, atol=1e-12)
    assert torch.allclose(complete, plain, rtol=0, atol=1e-12)
    assert torch.allclose(lonely, values, rtol=0, atol=1e-12)
    assert torch.allclose(with_loops, out, rtol=0, atol=1e-12)
    changed = (away - out).abs().amax(dim=1) > 1e-9
    assert changed.tolist() == [False, False, True, True, False, True, False]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The diagram has an arrow too many or too few. Which tensors stand on the right side of each
  line of your code?
"""  # END TEST CONFIG


def test_diagram(diagram):
    # Every box as a function of named inputs; an arrow too few or too many does not fit its parameters.
    boxes = {
        "Q": lambda H: 1,
        "K": lambda H: 1,
        "V": lambda H: 1,
        "scores": lambda Q, K: 1,
        "masked scores": lambda scores, A: 1,
        "weights": lambda masked_scores: 1,
        "output": lambda weights, V: 1,
    }
    arrows = list(diagram)
    assert not [end for _, end in arrows if end in ("H", "A")]
    for box, compute in boxes.items():
        inputs = {start.replace(" ", "_") for start, end in arrows if end == box}
        assert inputs == set(compute.__code__.co_varnames)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_attention():
    torch.manual_seed(1)
    layer = GraphAttention(2, 3, 2)
    A = torch.zeros(6, 6)
    for m, n in GRAPH_A:
        A[m, n] = A[n, m] = 1
    weights = layer.attention(2 * torch.randn(6, 2), A).detach().numpy()
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4))
    both = [(weights[m, n] + weights[n, m]) * 5 for m, n in GRAPH_A]
    paint_graph(axes[0], GRAPH_A, places_on_circle(6), "edges as thick as their two weights", widths=both)
    image = axes[1].imshow(weights, vmin=0, vmax=1)
    axes[1].set(title="weights: each row adds up to 1", xlabel="node attended to", ylabel="node")
    figure.colorbar(image)
    figure.tight_layout()


show(draw_attention)

# %% [raw] sources="udl-13.11"
# # BEGIN QUESTION
# name: q11_edge_graph
# points: 4

# %% [markdown]
# ## 11. A graph whose nodes are edges
#
# To update embeddings of edges with a graph network one turns the graph around. Its **edge graph** has one node
# for each edge; two of them are joined if the edges share an end. For the path $0 - 1 - 2 - 3$ with the edges
# $a = (0, 1)$, $b = (1, 2)$, $c = (2, 3)$ the edge graph is the path $a - b - c$.
#
# - First by hand. A graph has six nodes and the edges $a = (0, 1)$, $b = (0, 2)$, $c = (1, 2)$, $d = (2, 3)$,
#   $e = (3, 4)$, $f = (3, 5)$. Draw its edge graph, and set `joined` to the set of its edges, each as a string of
#   two letters in the order of the alphabet. For the path above it would be `{"ab", "bc"}`.
# - `edge_graph(edges)` returns the adjacency matrix of the edge graph, int64 of shape `(E, E)`, rows and columns
#   in the order of the list. `edges` is a list of $E \ge 0$ pairs of node numbers, no edge twice; the numbers may
#   be any integers.
# - `edge_graph_size(degrees)` returns how many edges the edge graph has, an integer, from the list of the degrees
#   of the **original** graph alone. For the path they are `[1, 2, 2, 1]`, and the size is 2.
#
# The cell below the question draws both graphs, from your function.


# %% [raw]
# # BEGIN SOLUTION
# %%
joined = {"ab", "ac", "bc", "bd", "cd", "de", "df", "ef"}  # SOLUTION


def edge_graph(edges):
    """Adjacency matrix of the edge graph, int64 (E, E); edges: list of pairs of node numbers."""
    # BEGIN SOLUTION
    touches = [[len(set(first) & set(second)) == 1 for second in edges] for first in edges]
    return np.array(touches, dtype=np.int64).reshape(len(edges), len(edges))
    # END SOLUTION


def edge_graph_size(degrees):
    """Number of edges of the edge graph, an int; degrees: list of the degrees of the original graph."""
    # BEGIN SOLUTION
    return sum(d * (d - 1) // 2 for d in degrees)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The edge graph of the path 0 - 1 - 2 - 3 is the path a - b - c, with 2 edges; joined holds
  pairs of letters.
"""  # END TEST CONFIG


def test_path(joined, edge_graph, edge_graph_size):
    import numpy as np

    assert isinstance(joined, (set, frozenset)), "joined should be a set"
    for pair in joined:
        assert isinstance(pair, str) and len(pair) == 2, f"joined should hold strings of two letters, got {pair!r}"
        assert "a" <= pair[0] < pair[1] <= "f", f"{pair!r}: expected two of the letters a to f, in alphabetical order"
    got = edge_graph([(0, 1), (1, 2), (2, 3)])
    assert got is not None, "edge_graph(...) returned None: expected an array of shape (3, 3)"
    assert isinstance(got, np.ndarray), "edge_graph should return a NumPy array"
    assert got.dtype == np.int64, f"edge_graph: expected dtype int64, got {got.dtype}"
    expected = [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    assert got.tolist() == expected, f"edge_graph of the path: expected {expected}, got {got.tolist()}"
    got = edge_graph_size([1, 2, 2, 1])
    assert got is not None, "edge_graph_size(...) returned None: expected an integer"
    assert isinstance(got, (int, np.integer)), "edge_graph_size should return an integer"
    assert got == 2, f"edge_graph_size([1, 2, 2, 1]): expected 2, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The edge graph drawn by hand is not right. Go from node to node, all edges that end there are
  joined to one another.
"""  # END TEST CONFIG


def test_by_hand(joined):
    ends = {"a": "01", "b": "02", "c": "12", "d": "23", "e": "34", "f": "35"}
    meeting = set()
    for node in "012345":
        here = sorted(letter for letter, pair in ends.items() if node in pair)
        meeting |= {x + y for x in here for y in here if x < y}
    assert set(joined) == meeting


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The edge graph is wrong for some list of edges. Any end may be the shared one, and an edge is
  not joined to itself.
"""  # END TEST CONFIG


def test_edge_graphs(edge_graph):
    import numpy as np

    rng = np.random.default_rng(172)
    lists = [[], [(0, 1)], [(4, 9), (7, 8)], [(5, 0), (5, 1), (2, 5), (5, 3), (4, 5)], [(1, 0), (2, 1), (0, 2)]]
    lists += [[(-3, 100), (7, -3), (100, 12)]]
    for n, share in ((5, 0.5), (7, 0.6), (9, 0.3)):
        pairs = [(i, j) if rng.random() < 0.5 else (j, i) for i in range(n) for j in range(i) if rng.random() < share]
        lists.append([pairs[k] for k in rng.permutation(len(pairs))])
    for edges in lists:
        A_edge = edge_graph(list(edges))
        assert A_edge.shape == (len(edges), len(edges)) and A_edge.dtype == np.int64
        # walks of one edge after the other: ends that agree, counted through the nodes
        labels = sorted({n for edge in edges for n in edge})
        touch = np.array([[n in edge for edge in edges] for n in labels], dtype=np.int64)
        touch = touch.reshape(len(labels), len(edges))
        expected = touch.T @ touch
        np.fill_diagonal(expected, 0)
        assert np.array_equal(A_edge, expected)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The number of edges of the edge graph is wrong for some degrees. How many pairs of edges meet
  at one node?
"""  # END TEST CONFIG


def test_sizes(edge_graph_size):
    import numpy as np

    assert edge_graph_size([]) == 0 and edge_graph_size([0]) == 0 and edge_graph_size([0, 1, 1]) == 0
    rng = np.random.default_rng(173)
    for n, share in ((4, 1.0), (6, 0.5), (9, 0.4), (12, 0.6)):
        edges = [{i, j} for i in range(n) for j in range(i) if rng.random() < share]
        degrees = [sum(node in edge for edge in edges) for node in range(n)]
        meeting = sum(bool(e & f) for k, e in enumerate(edges) for f in edges[:k])
        got = edge_graph_size(degrees)
        assert isinstance(got, (int, np.integer)) and got == meeting
    assert edge_graph_size([10**10]) == 49999999995 * 10**9


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_edge_graph():
    edges = [(0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (3, 5)]
    places = np.array([(0, 2), (0, 0), (1, 1), (2.2, 1), (3.2, 2), (3.2, 0)], dtype=float)
    middles = np.array([(places[m] + places[n]) / 2 for m, n in edges])
    turned = [(i, j) for i, j in np.argwhere(np.triu(edge_graph(edges)))]
    figure, axes = plt.subplots(1, 2, figsize=(9, 3))
    paint_graph(axes[0], edges, places, "the graph")
    for letter, (x, y) in zip("abcdef", middles):
        axes[0].annotate(letter, (x, y), ha="center", va="center", backgroundcolor="white")
    paint_graph(axes[1], turned, middles, "its edge graph", names="abcdef", colors="tab:red")
    figure.tight_layout()


show(draw_edge_graph)

# %% [raw] sources="udl-13.13 udl-13.11"
# # BEGIN QUESTION
# name: q12_incidence
# points: 5

# %% [markdown]
# ## 12. Both graphs from one matrix
#
# The **incidence matrix** $B$ of a graph with $N$ nodes and $E$ edges has shape $N \times E$: $B_{ne} = 1$ if
# edge $e$ ends at node $n$, else $0$. For the path $0 - 1 - 2$ with the edges $(0, 1)$ and $(1, 2)$ its rows are
# $(1, 0)$, $(1, 1)$ and $(0, 1)$. Two nodes are joined if they share an edge; two edges are joined in the edge
# graph if they share a node. So both adjacency matrices come out of $B$, by the same idea.
#
# - `incidence(A)` returns $B$ for an undirected graph, int64 of shape `(N, E)`. The columns are in the order of
#   the sorted pairs $(m, n)$ with $m < n$. `A` is an int64 array.
# - `node_adjacency(B)` returns the adjacency matrix of the graph, int64 of shape `(N, N)`, from matrix products
#   of `B`. The edges may be in any order.
# - `edge_adjacency(B)` returns the adjacency matrix of the edge graph, int64 of shape `(E, E)`, in the order of
#   the columns of `B`.
# - `edge_graph_eigenvalues(A)` returns the $E$ eigenvalues of the edge graph's adjacency matrix as a float array
#   in descending order. Compute them from $N \times N$ matrices alone, since a graph can have many more edges
#   than nodes: $B B^\top$ and $B^\top B$ have the same nonzero eigenvalues. For the path they are $1, -1$.
#
# A graph without edges has $B$ of shape `(N, 0)`, and an edge graph of shape `(0, 0)`.


# %% [raw]
# # BEGIN SOLUTION
# %%
def incidence(A):
    """Incidence matrix, int64 (N, E), edges sorted as pairs (m, n) with m < n."""
    # BEGIN SOLUTION
    ends = np.argwhere(np.triu(A))
    B = np.zeros((len(A), len(ends)), dtype=np.int64)
    for e, pair in enumerate(ends):
        B[pair, e] = 1
    return B
    # END SOLUTION


def node_adjacency(B):
    """Adjacency matrix of the graph, int64 (N, N)."""
    # BEGIN SOLUTION
    return B @ B.T - np.diag(B.sum(axis=1))
    # END SOLUTION


def edge_adjacency(B):
    """Adjacency matrix of the edge graph, int64 (E, E)."""
    # BEGIN SOLUTION
    return B.T @ B - np.diag(np.full(B.shape[1], 2))
    # END SOLUTION


def edge_graph_eigenvalues(A):
    """Eigenvalues of the adjacency matrix of the edge graph, descending, float (E,)."""
    # BEGIN SOLUTION
    # A + D = B B^T has the nonzero eigenvalues of B^T B = (edge graph) + 2 I; the others are zero.
    degrees = A.sum(axis=1)
    n_edges = degrees.sum() // 2
    values = np.append(np.linalg.eigvalsh(A + np.diag(degrees)), np.zeros(n_edges))
    return np.sort(values)[::-1][:n_edges] - 2
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the path 0 - 1 - 2, B has the rows (1, 0), (1, 1), (0, 1), and the edge graph has the
  eigenvalues 1 and -1.
"""  # END TEST CONFIG


def test_path(incidence, node_adjacency, edge_adjacency, edge_graph_eigenvalues):
    import numpy as np

    A = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    B = np.array([[1, 0], [1, 1], [0, 1]])
    steps = [("incidence", incidence(A), B), ("node_adjacency", node_adjacency(B), A)]
    steps.append(("edge_adjacency", edge_adjacency(B), np.array([[0, 1], [1, 0]])))
    for name, got, expected in steps:
        assert got is not None, f"{name}(...) returned None: expected an array of shape {expected.shape}"
        assert isinstance(got, np.ndarray), f"{name} should return a NumPy array"
        assert got.shape == expected.shape, f"{name}: expected shape {expected.shape}, got {got.shape}"
        assert got.dtype == np.int64, f"{name}: expected dtype int64, got {got.dtype}"
        assert np.array_equal(got, expected), f"{name}: expected {expected.tolist()}, got {got.tolist()}"
    got = edge_graph_eigenvalues(A)
    assert got is not None, "edge_graph_eigenvalues(A) returned None: expected an array of shape (2,)"
    assert np.shape(got) == (2,), f"edge_graph_eigenvalues: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [1, -1]), f"edge_graph_eigenvalues: expected [1, -1], got {np.asarray(got).tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The incidence matrix is wrong for some graph. Each column has two ones, and the columns follow
  the sorted edges.
"""  # END TEST CONFIG


def test_incidence(incidence):
    import numpy as np

    rng = np.random.default_rng(174)
    for n, share in ((1, 0.0), (3, 0.0), (2, 1.0), (5, 1.0), (6, 0.4), (9, 0.5), (14, 0.2)):
        edges = [(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < share]
        A = np.zeros((n, n), dtype=np.int64)
        for i, j in edges:
            A[i, j] = A[j, i] = 1
        B = incidence(A)
        assert B.dtype == np.int64 and B.shape == (n, len(edges))
        for e, edge in enumerate(edges):
            assert B[:, e].tolist() == [int(k in edge) for k in range(n)]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The adjacency matrix of the graph does not come out of B. What stands on the diagonal of your
  product?
"""  # END TEST CONFIG


def test_nodes_from_incidence(node_adjacency):
    import numpy as np

    rng = np.random.default_rng(175)
    for n, share in ((1, 0.0), (3, 0.0), (2, 1.0), (5, 1.0), (6, 0.4), (9, 0.3), (14, 0.5)):
        edges = [(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < share]
        B, A = np.zeros((n, len(edges)), dtype=np.int64), np.zeros((n, n), dtype=np.int64)
        for e, k in enumerate(rng.permutation(len(edges))):
            i, j = edges[k]
            B[i, e] = B[j, e] = A[i, j] = A[j, i] = 1
        got = node_adjacency(B)
        assert got.dtype == np.int64 and np.array_equal(got, A)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The adjacency matrix of the edge graph does not come out of B. How many ends does an edge share
  with itself?
"""  # END TEST CONFIG


def test_edges_from_incidence(edge_adjacency):
    import numpy as np

    rng = np.random.default_rng(176)
    for n, share in ((3, 0.0), (2, 1.0), (5, 1.0), (6, 0.4), (9, 0.4)):
        edges = [(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < share]
        edges = [set(edges[k]) for k in rng.permutation(len(edges))]
        B = np.array([[int(k in edge) for edge in edges] for k in range(n)], dtype=np.int64)
        got = edge_adjacency(B)
        assert got.dtype == np.int64 and got.shape == (len(edges), len(edges))
        for e, first in enumerate(edges):
            for f, second in enumerate(edges):
                assert got[e, f] == (e != f and bool(first & second))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The eigenvalues are not those of the edge graph, or not as many as there are edges. Compare on
  a tree and on a complete graph.
"""  # END TEST CONFIG


def test_eigenvalues(edge_graph_eigenvalues):
    import numpy as np

    rng = np.random.default_rng(177)
    graphs = [(1, []), (4, []), (2, [(0, 1)]), (6, [(0, k) for k in range(1, 6)]), (7, [(0, 1), (1, 2), (4, 5)])]
    graphs += [(n, [(i, i + 1) for i in range(n - 1)] + [(0, n - 1)]) for n in (3, 6)]
    for n, share in ((5, 1.0), (8, 0.6), (9, 0.25)):
        graphs.append((n, [(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < share]))
    for n, edges in graphs:
        A = np.zeros((n, n), dtype=np.int64)
        for i, j in edges:
            A[i, j] = A[j, i] = 1
        got = np.asarray(edge_graph_eigenvalues(A))
        assert got.shape == (len(edges),)
        if edges:
            A_edge = np.array([[float(e != f and bool({*e} & {*f})) for f in edges] for e in edges])
            # eigenvalues of symmetric matrices of at most 28 rows: 1e-13 is typical
            assert np.abs(got - np.linalg.eigvalsh(A_edge)[::-1]).max() < 1e-9
    # 400 nodes with 79 800 edges: only matrices of the nodes fit into memory
    complete = np.ones((400, 400), dtype=np.int64) - np.eye(400, dtype=np.int64)
    got = np.asarray(edge_graph_eigenvalues(complete))
    assert got.shape == (79800,)
    assert abs(got[0] - 796) < 1e-6 and np.abs(got[1:400] - 396).max() < 1e-6 and np.abs(got[400:] + 2).max() < 1e-6


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-13.12"
# # BEGIN QUESTION
# name: q13_root_graph
# points: 6

# %% [markdown]
# ## 13. The way back from the edge graph
#
# The **edge graph** of a graph has one node for each edge; two of them are joined if the edges share an end. Now
# the edge graph is given, and you look for the graph behind it, its **root**.
#
# - First by hand. An edge graph has the nodes $a, b, c, d, e$ and the edges $ab$, $ac$, $bc$, $bd$, $cd$, $de$.
#   Find a graph with five edges that has this edge graph. Set `ends[letter]` to the two ends of each edge, a
#   pair of different integers. You choose the node numbers. For the path $a - b - c$ one answer would be
#   `{"a": (0, 1), "b": (1, 2), "c": (2, 3)}`.
# - `root_graph(A_edge)` does it for any connected edge graph with at most 7 nodes. `A_edge` is its adjacency matrix, an
#   int64 array of shape `(E, E)`, $E \ge 1$. The function returns a list of `E` pairs of different integers, the
#   ends of edge $0, 1, \dots$; any node numbers will do, but no two edges join the same two nodes. Most graphs
#   are not edge graphs at all: then it raises a `ValueError`. Build the list edge by edge and give up a
#   beginning as soon as it does not fit; trying all lists would take hours.
# - Roots are unique up to the names of the nodes, with one exception: three edges that touch one another. Set
#   `two_roots` to a list of two roots of the triangle $a - b - c - a$ that have different numbers of nodes, each
#   a list of three pairs.


# %% [raw]
# # BEGIN SOLUTION
# %%
ends = {}
# BEGIN SOLUTION
ends.update(a=(2, 3), b=(1, 2), c=(1, 3), d=(1, 4), e=(4, 5))
# END SOLUTION


def root_graph(A_edge):
    """Ends of the edges of a graph whose edge graph has adjacency matrix A_edge; ValueError if there is none.

    A_edge: (E, E) int64 array, connected, E from 1 to 7. Returns a list of E pairs of different integers.
    """

    # BEGIN SOLUTION
    def extend(pairs):
        if len(pairs) == len(A_edge):
            return pairs
        unused = 1 + max(itertools.chain([-1], *pairs))
        for new in itertools.combinations(range(unused + 2), 2):
            # sharing no end, or one end, or both, which is never right
            if all(len(set(new) & set(old)) == A_edge[len(pairs), j] for j, old in enumerate(pairs)):
                found = extend([*pairs, new])
                if found:
                    return found
        return None

    found = extend([])
    if found is None:
        raise ValueError("no graph has this edge graph")
    return found
    # END SOLUTION


two_roots = [[(0, 1), (1, 2), (0, 2)], [(0, 1), (0, 2), (0, 3)]]  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the path a - b the root is a path of two edges; ends holds a pair for each letter from a to
  e; two_roots holds two lists of three pairs.
"""  # END TEST CONFIG


def test_two_edges(ends, root_graph, two_roots):
    import numpy as np

    got = root_graph(np.array([[0, 1], [1, 0]]))
    assert got is not None, "root_graph(...) returned None: expected a list of pairs"
    assert isinstance(got, (list, tuple)) and len(got) == 2, "two edges: root_graph should return a list of two pairs"
    assert isinstance(ends, dict), "ends should be a dictionary"
    assert set(ends) == set("abcde"), f"ends should have the keys a to e, it has {sorted(ends)}"
    assert isinstance(two_roots, (list, tuple)), "two_roots should be a list of two lists"
    assert len(two_roots) == 2, f"two_roots should hold two lists, it holds {len(two_roots)}"
    for k, root in enumerate(two_roots):
        assert isinstance(root, (list, tuple)) and len(root) == 3, f"two_roots[{k}] should be a list of three pairs"
    named = [(f"ends[{key!r}]", pair) for key, pair in ends.items()]
    named += [("an edge in two_roots", pair) for root in two_roots for pair in root]
    for name, pair in named + [("an edge of root_graph([[0, 1], [1, 0]])", pair) for pair in got]:
        assert isinstance(pair, (list, tuple)) and len(pair) == 2, f"{name} should be a pair, got {pair!r}"
        whole = all(isinstance(n, (int, np.integer)) for n in pair)
        assert whole and pair[0] != pair[1], f"{name} should hold two different integers, got {pair!r}"
    shared = len(set(got[0]) & set(got[1]))
    assert shared == 1, f"root_graph([[0, 1], [1, 0]]): the edges should share one end, they share {shared}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The graph found by hand has another edge graph. Check each pair of letters.
"""  # END TEST CONFIG


def test_by_hand(ends):
    from itertools import combinations

    touching = {"ab", "ac", "bc", "bd", "cd", "de"}
    for x, y in combinations("abcde", 2):
        assert len(set(ends[x]) & set(ends[y])) == (x + y in touching)
    assert all(len(set(pair)) == 2 for pair in ends.values())


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some edge graph root_graph does not find a root. The edges may come in any order, and a new
  edge may have two new ends.
"""  # END TEST CONFIG


def test_roots_found(root_graph):
    import numpy as np

    rng = np.random.default_rng(178)
    graphs = [[(0, 1)], [(0, 1), (2, 3), (1, 2)], [(0, k) for k in range(1, 8)], [(0, 1), (1, 2), (2, 0)]]
    graphs.append([(0, 1), (2, 3), (4, 5), (6, 7), (1, 2), (3, 4), (5, 6)])
    graphs.append([(i, j) for i in range(4) for j in range(i)])  # six edges, all pairs of four nodes
    graphs.append([(0, 1), (2, 3), (0, 2), (0, 3), (1, 2), (1, 3), (3, 4)])
    while len(graphs) < 30:
        # a random connected graph: each new edge has an end among the old nodes
        edges = [(0, 1)]
        while len(edges) < 4 + len(graphs) % 4:
            nodes = 1 + max(map(max, edges))
            pair = tuple(sorted((int(rng.integers(nodes)), int(rng.integers(nodes + 1)))))
            if pair[0] != pair[1] and pair not in edges:
                edges.append(pair)
        graphs.append([edges[k] for k in rng.permutation(len(edges))])
    for edges in graphs:
        A_edge = np.array([[len(set(e) & set(f)) % 2 for f in edges] for e in edges], dtype=np.int64)
        got = root_graph(A_edge)
        assert isinstance(got, (list, tuple)) and len(got) == len(edges)
        assert all(len(pair) == 2 and len(set(pair)) == 2 for pair in got)
        for e, first in enumerate(got):
            for f, second in enumerate(got):
                assert e == f or len(set(first) & set(second)) == A_edge[e, f]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: root_graph gives an answer for a graph that is no edge graph. An edge can touch three others
  only if two of these touch each other.
"""  # END TEST CONFIG


def test_no_root(root_graph):
    import numpy as np

    # The nine smallest graphs that are no edge graph; every other such graph has one of them inside (Beineke).
    claw = ["03 13 23"]
    five = ["02 03 04 12 13 14 24", "01 03 04 12 13 14 23 24 34"]
    six = ["01 14 15 23 24 25 45", "01 04 05 12 15 23 25 34", "01 02 03 12 13 15 23 25 45"]
    six += ["02 03 04 05 12 13 23 34 45"]
    six += ["01 04 05 12 15 23 25 34 35 45", "01 02 05 12 13 14 15 25 34 35 45"]
    rng = np.random.default_rng(179)
    for n, texts in ((4, claw), (5, five), (6, six), (7, claw + five)):
        for text in texts:
            A_edge = np.zeros((n, n), dtype=np.int64)
            for i, j in text.split():
                A_edge[int(i), int(j)] = A_edge[int(j), int(i)] = 1
            for k in range(1, n):
                if not A_edge[k].any():  # a path leads on to the nodes that are left
                    A_edge[k, k - 1] = A_edge[k - 1, k] = 1
            order = rng.permutation(n)
            try:
                root_graph(A_edge[order][:, order])
            except ValueError:
                continue
            raise AssertionError("a graph that is no edge graph got a root")


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The two roots of the triangle are not right. In each, every two edges touch, and they differ in
  the number of nodes.
"""  # END TEST CONFIG


def test_two_roots(two_roots):
    sizes = set()
    for edges in two_roots:
        assert len(edges) == 3
        for k, edge in enumerate(edges):
            assert len(set(edge)) == 2 and len(set(edge) & set(edges[k - 1])) == 1
        sizes.add(len({n for edge in edges for n in edge}))
    assert len(sizes) == 2


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-13.14"
# # BEGIN QUESTION
# name: q14_node_edge_layer
# points: 5

# %% [markdown]
# ## 14. A layer that also reads the edges
#
# In a molecule the bonds carry data of their own. Let every node have an embedding $h_n$ with $D$ entries and
# each of the $E$ edges an embedding $g_e$ with $D_g$ entries; $D_g$ and $D$ may differ. A new layer gives node $n$
#
# $$h'_n \;=\; \text{ReLU}\Big( \beta + \Omega\, \big(h_n + \sum_{m} h_m\big) + \Phi \sum_{e} g_e \Big),$$
#
# where $m$ runs over the neighbours of $n$ and $e$ over the edges that end at $n$. The graph is undirected. The
# output has $D_o$ entries. With $D = D_g = D_o = 1$, $\Omega = 1$, $\Phi = 10$, $\beta = -30$, the path
# $0 - 1 - 2$ with $h = 1, 2, 3$ and the edges $(0, 1)$ and $(1, 2)$ with $g = 4, 5$, the nodes get
# $\text{ReLU}(-30 + 3 + 40) = 13$, $\text{ReLU}(-30 + 6 + 90) = 66$ and $\text{ReLU}(-30 + 5 + 50) = 25$.
#
# - Write the module `NodeEdgeLayer(d_node, d_edge, d_out)` with exactly three parameters `omega`, `phi` and
#   `beta`. `beta` has shape `(d_out,)` and is zero at the start; find the shapes of the other two from the
#   formula, and draw them from a standard normal distribution. None may depend on the size of a graph.
# - `forward(H, G, edges)` takes `H` of shape `(N, d_node)`, `G` of shape `(E, d_edge)` and `edges` of shape
#   `(2, E)`, int64: edge $e$ joins the nodes `edges[0, e]` and `edges[1, e]`, in either order, no edge twice.
#   $E$ may be 0. It returns shape `(N, d_out)`. `H`, `G` and the parameters have one dtype: the tests call
#   `.double()`, and then everything is float64.
#
# In matrix form the sums are $(A + I) H$ and $B\,G$, with the adjacency matrix $A$ and the matrix $B$ that has
# $B_{ne} = 1$ if edge $e$ ends at node $n$, else $0$. You may use it or not.


# %% [raw]
# # BEGIN SOLUTION
# %%
class NodeEdgeLayer(nn.Module):
    """New node embeddings from the node, its neighbours and the edges that end there."""

    def __init__(self, d_node, d_edge, d_out):
        super().__init__()
        # BEGIN SOLUTION
        self.omega = nn.Parameter(torch.randn(d_out, d_node))
        self.phi = nn.Parameter(torch.randn(d_out, d_edge))
        self.beta = nn.Parameter(torch.zeros(d_out))
        # END SOLUTION

    def forward(self, H, G, edges):
        """H: (N, d_node), G: (E, d_edge), edges: (2, E) int64 -> (N, d_out)."""
        # BEGIN SOLUTION
        first, second = edges
        nodes = H.index_add(0, first, H[second]).index_add(0, second, H[first])
        bonds = G.new_zeros(len(H), G.shape[1]).index_add(0, first, G).index_add(0, second, G)
        return torch.relu(self.beta + nodes @ self.omega.T + bonds @ self.phi.T)
        # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: On the path with h = 1, 2, 3, g = 4, 5, omega = 1, phi = 10 and beta = -30 the layer gives 13,
  66 and 25.
"""  # END TEST CONFIG


def test_path(NodeEdgeLayer):
    import torch
    from torch import nn

    layer = NodeEdgeLayer(1, 1, 1)
    assert isinstance(layer, nn.Module), "NodeEdgeLayer(1, 1, 1) should be a torch.nn.Module"
    for name, shape in (("omega", (1, 1)), ("phi", (1, 1)), ("beta", (1,))):
        assert hasattr(layer, name), f"NodeEdgeLayer(1, 1, 1) has no parameter {name}"
        got = tuple(getattr(layer, name).shape)
        assert got == shape, f"NodeEdgeLayer(1, 1, 1): {name} should have shape {shape}, got {got}"
    state = {"omega": torch.tensor([[1.0]]), "phi": torch.tensor([[10.0]]), "beta": torch.tensor([-30.0])}
    layer.load_state_dict(state)
    H, G = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[4.0], [5.0]])
    out = layer(H, G, torch.tensor([[0, 1], [1, 2]]))
    assert out is not None, "forward returned None: expected a tensor of shape (3, 1)"
    assert tuple(out.shape) == (3, 1), f"forward: expected shape (3, 1), got {tuple(out.shape)}"
    got = out.detach().flatten()
    assert torch.allclose(got, torch.tensor([13.0, 66.0, 25.0]), atol=1e-4), f"expected 13, 66, 25, got {got.tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The layer does not compute its formula for some graph. Each edge counts at both of its ends,
  and a graph may have no edges.
"""  # END TEST CONFIG


def test_node_by_node(NodeEdgeLayer):
    import torch

    def run(NodeEdgeLayer, sizes, state, graphs):
        layer = NodeEdgeLayer(*sizes).to(state["omega"].dtype)
        layer.load_state_dict(state)
        return [layer(*graph).detach() for graph in graphs]

    rng = torch.Generator().manual_seed(180)
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
        for d, d_edge, d_out in ((1, 1, 1), (4, 3, 5), (2, 6, 3)):
            state = {"omega": torch.randn(d_out, d, generator=rng, dtype=dtype)}
            state["phi"] = torch.randn(d_out, d_edge, generator=rng, dtype=dtype)
            state["beta"] = torch.randn(d_out, generator=rng, dtype=dtype)
            graphs = []
            for n, share in ((1, 0.0), (3, 0.0), (2, 1.0), (6, 0.5), (9, 0.3)):
                pairs = torch.tensor([(i, j) for i in range(n) for j in range(i)], dtype=torch.int64).reshape(-1, 2)
                pairs = pairs[torch.rand(len(pairs), generator=rng) < share]
                pairs = pairs[torch.randperm(len(pairs), generator=rng)]
                flip = torch.rand(len(pairs), generator=rng) < 0.5
                pairs[flip] = pairs[flip].flip(1)
                H = torch.randn(d, n, generator=rng, dtype=dtype).T
                graphs.append((H, torch.randn(len(pairs), d_edge, generator=rng, dtype=dtype), pairs.T))
            outs = inside(run)(NodeEdgeLayer, (d, d_edge, d_out), state, graphs)
            for (H, G, edges), out in zip(graphs, outs):
                assert out.dtype == dtype and tuple(out.shape) == (len(H), d_out)
                for n in range(len(H)):
                    near, at = H[n].clone(), torch.zeros(d_edge, dtype=dtype)
                    for e, (i, j) in enumerate(edges.T.tolist()):
                        if n in (i, j):
                            near += H[i + j - n]
                            at += G[e]
                    for c in range(d_out):
                        z = state["beta"][c] + state["omega"][c] @ near + state["phi"][c] @ at
                        # sums of at most 100 terms of size about 1
                        assert abs(out[n, c] - max(z, 0.0)) <= 30 * tolerance


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The parameters are not as asked, or the output depends on the numbering of nodes, the order of
  edges, or which end of an edge comes first.
"""  # END TEST CONFIG


def test_symmetries(NodeEdgeLayer):
    import torch

    def probe(NodeEdgeLayer, H, G, edges, order, shuffle, flip):
        import torch

        wide = NodeEdgeLayer(40, 30, 50)
        shapes = {name: tuple(p.shape) for name, p in wide.named_parameters()}
        start = [float(wide.omega.mean()), float(wide.omega.std()), float(wide.phi.mean()), float(wide.phi.std())]
        start.append(float(wide.beta.abs().max()))
        layer = NodeEdgeLayer(H.shape[1], G.shape[1], 6).double()
        with torch.no_grad():
            layer.beta.normal_()
        out = layer(H, G, edges)
        shuffled = layer(H, G[shuffle], edges[:, shuffle])
        flipped = layer(H, G, torch.where(flip, edges.flip(0), edges))
        renumbered = layer(H[order], G, torch.argsort(order)[edges])
        (out**2).sum().backward()
        reached = [p.grad is not None and bool(p.grad.any()) for p in layer.parameters()]
        outs = [out, shuffled, flipped, out[order], renumbered]
        return shapes, start, [t.detach() for t in outs], reached

    rng = torch.Generator().manual_seed(181)
    edges = torch.tensor([[0, 1, 2, 3, 5, 1, 6], [1, 2, 0, 2, 3, 5, 0]])
    H = torch.randn(8, 3, generator=rng, dtype=torch.float64)
    G = torch.randn(7, 4, generator=rng, dtype=torch.float64)
    order, shuffle = torch.randperm(8, generator=rng), torch.randperm(7, generator=rng)
    flip = torch.tensor([True, False, True, True, False, False, True])
    shapes, start, outs, reached = inside(probe)(NodeEdgeLayer, H, G, edges, order, shuffle, flip)
    assert shapes == {"omega": (50, 40), "phi": (50, 30), "beta": (50,)}
    # 1500 standard normal numbers or more: the mean strays by 0.026, the standard deviation by 0.018
    assert abs(start[0]) < 0.15 and abs(start[1] - 1) < 0.15 and abs(start[2]) < 0.15 and abs(start[3] - 1) < 0.15
    assert start[4] == 0
    out, shuffled, flipped, permuted, renumbered = outs
    assert torch.allclose(shuffled, out, rtol=0, atol=1e-12)
    assert torch.allclose(flipped, out, rtol=0, atol=1e-12)
    assert torch.allclose(renumbered, permuted, rtol=0, atol=1e-12)
    assert all(reached)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION
