# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_adjacency accept: every pair looked up in a set of unordered edges
def adjacency(n_nodes, edges):
    joined = {frozenset(edge) for edge in edges}
    known = set(range(n_nodes))
    if any(len(pair) != 2 or not pair <= known for pair in joined):
        raise ValueError("no such edge")
    return np.array([[int({i, j} in joined) for j in range(n_nodes)] for i in range(n_nodes)], dtype=np.int64)


# %% q1_adjacency accept: counted with torch, cut off at one
def adjacency(n_nodes, edges):
    ends = torch.tensor(edges, dtype=torch.int64).reshape(-1, 2)
    if (ends < 0).any() or (ends >= n_nodes).any() or (ends[:, 0] == ends[:, 1]).any():
        raise ValueError("no such edge")
    counts = torch.zeros(n_nodes, n_nodes, dtype=torch.int64)
    counts.index_put_((ends[:, 0], ends[:, 1]), torch.tensor(1), accumulate=True)
    return (counts + counts.T).clamp(max=1).numpy()


# %% q1_adjacency reject: fills only one of the two entries of an edge
def adjacency(n_nodes, edges):
    A = np.zeros((n_nodes, n_nodes), dtype=np.int64)
    for m, n in edges:
        if m == n or min(m, n) < 0 or max(m, n) >= n_nodes:
            raise ValueError("no such edge")
        A[min(m, n), max(m, n)] = 1
    return A


# %% q1_adjacency reject: counts repeated edges
def adjacency(n_nodes, edges):
    A = np.zeros((n_nodes, n_nodes), dtype=np.int64)
    for m, n in edges:
        if m == n or min(m, n) < 0 or max(m, n) >= n_nodes:
            raise ValueError("no such edge")
        A[m, n] += 1
        A[n, m] += 1
    return A


# %% q1_adjacency reject: numbers the nodes from 1
def adjacency(n_nodes, edges):
    A = np.zeros((n_nodes, n_nodes), dtype=np.int64)
    for m, n in edges:
        if m == n or min(m, n) < 0 or max(m, n) >= n_nodes:
            raise ValueError("no such edge")
        A[m - 1, n - 1] = A[n - 1, m - 1] = 1
    return A


# %% q1_adjacency reject: takes the number of nodes from the edges
def adjacency(n_nodes, edges):
    if any(m == n or min(m, n) < 0 or max(m, n) >= n_nodes for m, n in edges):
        raise ValueError("no such edge")
    size = 1 + max(max(edge) for edge in edges)
    A = np.zeros((size, size), dtype=np.int64)
    for m, n in edges:
        A[m, n] = A[n, m] = 1
    return A


# %% q1_adjacency reject: relies on NumPy's IndexError, so negative numbers go through
def adjacency(n_nodes, edges):
    A = np.zeros((n_nodes, n_nodes), dtype=np.int64)
    for m, n in edges:
        if m == n:
            raise ValueError("a node is not its own neighbour")
        try:
            A[m, n] = A[n, m] = 1
        except IndexError:
            raise ValueError("no such node") from None
    return A


# %% q1_adjacency reject: puts ones on the diagonal
def adjacency(n_nodes, edges):
    A = np.eye(n_nodes, dtype=np.int64)
    for m, n in edges:
        if m == n or min(m, n) < 0 or max(m, n) >= n_nodes:
            raise ValueError("no such edge")
        A[m, n] = A[n, m] = 1
    return A


# %% q2_drawing accept: a double loop, another drawing
def edge_list(A):
    found = []
    for m in range(len(A)):
        for n in range(len(A)):
            if A[m][n] != A[n][m]:
                raise ValueError("the matrix has a direction")
            if m < n and A[m][n]:
                found.append((m, n))
    return found


places_1 = np.array([(3.5, 4), (3.25, 6), (2.5, -0.5), (1, 2), (2, 2), (-1, 2), (2, 1)])
places_2 = np.array([(3, 1), (1, 3), (3, 2), (1, 2), (0, 2), (2, 1), (0, 0)]) * [-1.0, 0.5]


# %% q2_drawing accept: a set of sorted pairs, the drawing turned by a quarter
def edge_list(A):
    if (A != A.T).any():
        raise ValueError("not symmetric")
    pairs = {tuple(sorted((int(m), int(n)))) for m, n in zip(*np.nonzero(A))}
    return sorted(pairs)


places_1 = [[-y, x] for x, y in ((3, 2), (3, 3), (2, 0), (1, 2), (2, 2), (0, 2), (2, 1))]
places_2 = [[-y, x] for x, y in ((3, 1), (1, 3), (3, 2), (1, 2), (0, 2), (2, 1), (0, 0))]


# %% q2_drawing reject: lists every edge twice
def edge_list(A):
    if not np.array_equal(A, A.T):
        raise ValueError("not symmetric")
    return [(int(m), int(n)) for m, n in np.argwhere(A)]


places_1 = [(3, 2), (3, 3), (2, 0), (1, 2), (2, 2), (0, 2), (2, 1)]
places_2 = [(3, 1), (1, 3), (3, 2), (1, 2), (0, 2), (2, 1), (0, 0)]


# %% q2_drawing reject: numbers the nodes from 1
def edge_list(A):
    if not np.array_equal(A, A.T):
        raise ValueError("not symmetric")
    return [(int(m) + 1, int(n) + 1) for m, n in np.argwhere(np.triu(A))]


places_1 = [(3, 2), (3, 3), (2, 0), (1, 2), (2, 2), (0, 2), (2, 1)]
places_2 = [(3, 1), (1, 3), (3, 2), (1, 2), (0, 2), (2, 1), (0, 0)]


# %% q2_drawing reject: reads the upper triangle and never looks at the lower one
def edge_list(A):
    return [(int(m), int(n)) for m, n in np.argwhere(np.triu(A))]


places_1 = [(3, 2), (3, 3), (2, 0), (1, 2), (2, 2), (0, 2), (2, 1)]
places_2 = [(3, 1), (1, 3), (3, 2), (1, 2), (0, 2), (2, 1), (0, 0)]


# %% q2_drawing reject: all nodes on a circle, as a plotting library does it
def edge_list(A):
    if not np.array_equal(A, A.T):
        raise ValueError("not symmetric")
    return [(int(m), int(n)) for m, n in np.argwhere(np.triu(A))]


places_1 = places_on_circle(7)
places_2 = places_on_circle(7)


# %% q2_drawing reject: one drawing right, in the other an edge runs through a node
def edge_list(A):
    if not np.array_equal(A, A.T):
        raise ValueError("not symmetric")
    return [(int(m), int(n)) for m, n in np.argwhere(np.triu(A))]


places_1 = [(3, 2), (3, 3), (2, 0), (1, 2), (2, 2), (0, 2), (2, 1)]
places_2 = [(3, 1), (1, 3), (3, 2), (1, 2), (0, 2), (0.5, 1), (0, 0)]


# %% q3_walks accept: walks counted backwards with dictionaries, triangles and sight by sets
def count_walks(A, start, end, steps):
    arrows = {n: [int(m) for m in np.flatnonzero(A[:, n])] for n in range(len(A))}
    ahead = {n: int(n == end) for n in arrows}
    for _ in range(steps):
        ahead = {n: sum(ahead[m] for m in arrows[n]) for n in arrows}
    return ahead[start]


def triangles(A):
    return sum(bool(A[i, j] and A[j, k] and A[k, i]) for i, j, k in itertools.combinations(range(len(A)), 3))


def sees(A, node, layers):
    if layers == 0:
        return {node}
    before = sees(A, node, layers - 1)
    return before.union(*[set(np.nonzero(A[m])[0].tolist()) for m in before])


# %% q3_walks accept: matrix powers of Python integers
def count_walks(A, start, end, steps):
    power = np.eye(len(A), dtype=object) * 1
    for _ in range(steps):
        power = power.dot(A.astype(object))
    return int(power[end, start])


def triangles(A):
    return int(round(sum(np.linalg.eigvalsh(A.astype(float)) ** 3) / 6))


def sees(A, node, layers):
    reach = np.linalg.matrix_power(A + np.eye(len(A)), layers)[node]
    return frozenset(np.flatnonzero(reach).tolist())


# %% q3_walks reject: one multiplication too many
def count_walks(A, start, end, steps):
    power = A.astype(object)
    for _ in range(steps):
        power = power @ A.astype(object)
    return int(power[end, start])


def triangles(A):
    return int(np.trace(A @ A @ A)) // 6


def sees(A, node, layers):
    reach = np.linalg.matrix_power(A + np.eye(len(A)), layers)[node]
    return set(np.flatnonzero(reach).tolist())


# %% q3_walks reject: int64 overflows
def count_walks(A, start, end, steps):
    return int(np.linalg.matrix_power(A, steps)[end, start])


def triangles(A):
    return int(np.trace(A @ A @ A)) // 6


def sees(A, node, layers):
    reach = np.linalg.matrix_power(A + np.eye(len(A)), layers)[node]
    return set(np.flatnonzero(reach).tolist())


# %% q3_walks reject: floating point, exact only up to sixteen digits
def count_walks(A, start, end, steps):
    return int(np.linalg.matrix_power(A.astype(float), steps)[end, start])


def triangles(A):
    return int(np.trace(A @ A @ A)) // 6


def sees(A, node, layers):
    reach = np.linalg.matrix_power(A + np.eye(len(A)), layers)[node]
    return set(np.flatnonzero(reach).tolist())


# %% q3_walks reject: paths only, no node twice
def count_walks(A, start, end, steps):
    def paths(node, visited, left):
        if left == 0:
            return int(node == end)
        following = [int(m) for m in np.flatnonzero(A[:, node]) if m not in visited]
        return sum(paths(m, visited | {m}, left - 1) for m in following)

    return paths(start, {start}, steps)


def triangles(A):
    return int(np.trace(A @ A @ A)) // 6


def sees(A, node, layers):
    reach = np.linalg.matrix_power(A + np.eye(len(A)), layers)[node]
    return set(np.flatnonzero(reach).tolist())


# %% q3_walks reject: start and end swapped, which shows in directed graphs only
def count_walks(A, start, end, steps):
    power = np.eye(len(A), dtype=int).astype(object)
    for _ in range(steps):
        power = power @ A.astype(object)
    return int(power[start, end])


def triangles(A):
    return int(np.trace(A @ A @ A)) // 6


def sees(A, node, layers):
    reach = np.linalg.matrix_power(A + np.eye(len(A)), layers)[node]
    return set(np.flatnonzero(reach).tolist())


# %% q3_walks reject: walks of at most so many steps
def count_walks(A, start, end, steps):
    power = total = np.eye(len(A), dtype=int).astype(object)
    for _ in range(steps):
        power = power @ A.astype(object)
        total = total + power
    return int(total[end, start])


def triangles(A):
    return int(np.trace(A @ A @ A)) // 6


def sees(A, node, layers):
    reach = np.linalg.matrix_power(A + np.eye(len(A)), layers)[node]
    return set(np.flatnonzero(reach).tolist())


# %% q3_walks reject: each triangle counted in both directions
def count_walks(A, start, end, steps):
    power = np.eye(len(A), dtype=int).astype(object)
    for _ in range(steps):
        power = power @ A.astype(object)
    return int(power[end, start])


def triangles(A):
    return int(np.trace(A @ A @ A)) // 3


def sees(A, node, layers):
    reach = np.linalg.matrix_power(A + np.eye(len(A)), layers)[node]
    return set(np.flatnonzero(reach).tolist())


# %% q3_walks reject: only the nodes at exactly that distance in steps, without the own vector
def count_walks(A, start, end, steps):
    power = np.eye(len(A), dtype=int).astype(object)
    for _ in range(steps):
        power = power @ A.astype(object)
    return int(power[end, start])


def triangles(A):
    return int(np.trace(A @ A @ A)) // 6


def sees(A, node, layers):
    reach = np.linalg.matrix_power(A, layers)[node]
    return set(np.flatnonzero(reach).tolist())


# %% q3_walks reject: looks down the arrows instead of up
def count_walks(A, start, end, steps):
    power = np.eye(len(A), dtype=int).astype(object)
    for _ in range(steps):
        power = power @ A.astype(object)
    return int(power[end, start])


def triangles(A):
    return int(np.trace(A @ A @ A)) // 6


def sees(A, node, layers):
    reach = np.linalg.matrix_power(A + np.eye(len(A)), layers)[:, node]
    return set(np.flatnonzero(reach).tolist())


# %% q3_walks equivalent: a product of three equal matrices has no order
# swapped-operands-842d00


# %% q4_degrees accept: loops, counted neighbour by neighbour
def degree_matrix(A):
    D = np.zeros((len(A), len(A)), dtype=np.int64)
    for m, n in zip(*np.nonzero(A)):
        D[m, m] += 1
    return D


def return_walks(A, n):
    return [(n, m, n) for m in range(len(A)) if A[n, m] * A[m, n]]


def degrees_from_walks(A):
    if not set(np.unique(A).tolist()) <= {0, 1}:
        raise ValueError("weights")
    if any(A[m, n] != A[n, m] for m in range(len(A)) for n in range(m)):
        raise ValueError("directions")
    return np.array([len(return_walks(A, n)) for n in range(len(A))], dtype=np.int64)


walk_facts = dict.fromkeys(["in_pieces", "odd_cycles", "leaving"], True)
walk_facts |= dict.fromkeys(["directed", "weighted", "triangles_add", "row_sum"], False)


# %% q4_degrees accept: products with ones and with the identity
def degree_matrix(A):
    return (A @ np.ones_like(A)) * np.eye(len(A), dtype=np.int64)


def return_walks(A, n):
    square = A * A.T
    return sorted((n, m, n) for m, ways in enumerate(square[n].tolist()) if ways)


def degrees_from_walks(A):
    if (A != A.T).any() or (A * A != A).any():
        raise ValueError("the identity does not hold here")
    return np.einsum("nm,mn->n", A, A).astype(np.int64)


walk_facts = {"directed": False, "weighted": False, "in_pieces": True, "odd_cycles": np.bool_(True)}
walk_facts.update(triangles_add=False, row_sum=False, leaving=True)


# %% q4_degrees reject: A squared itself as the degree matrix
def degree_matrix(A):
    return A @ A


def return_walks(A, n):
    return [(n, int(m), n) for m in np.flatnonzero(A[n])]


def degrees_from_walks(A):
    if (A != A.T).any() or (A * A != A).any():
        raise ValueError("the identity does not hold here")
    return np.diag(A @ A).astype(np.int64)


walk_facts = dict.fromkeys(["in_pieces", "odd_cycles", "leaving"], True)
walk_facts |= dict.fromkeys(["directed", "weighted", "triangles_add", "row_sum"], False)


# %% q4_degrees reject: the node counted as its own neighbour
def degree_matrix(A):
    return np.diag(A.sum(axis=1) + 1)


def return_walks(A, n):
    return [(n, int(m), n) for m in np.flatnonzero(A[n])]


def degrees_from_walks(A):
    if (A != A.T).any() or (A * A != A).any():
        raise ValueError("the identity does not hold here")
    return np.diag(A @ A).astype(np.int64)


walk_facts = dict.fromkeys(["in_pieces", "odd_cycles", "leaving"], True)
walk_facts |= dict.fromkeys(["directed", "weighted", "triangles_add", "row_sum"], False)


# %% q4_degrees reject: also walks of two steps that end elsewhere
def degree_matrix(A):
    return np.diag(A.sum(axis=1))


def return_walks(A, n):
    steps = [(n, int(m)) for m in np.flatnonzero(A[n])]
    return [(n, m, int(k)) for n, m in steps for k in np.flatnonzero(A[m]) if k <= n]


def degrees_from_walks(A):
    if (A != A.T).any() or (A * A != A).any():
        raise ValueError("the identity does not hold here")
    return (A @ A).sum(axis=1).astype(np.int64)


walk_facts = dict.fromkeys(["in_pieces", "odd_cycles", "leaving", "row_sum"], True)
walk_facts |= dict.fromkeys(["directed", "weighted", "triangles_add"], False)


# %% q4_degrees reject: believes that the identity holds for every square matrix
def degree_matrix(A):
    return np.diag(A.sum(axis=1))


def return_walks(A, n):
    return [(n, int(m), n) for m in np.flatnonzero(A[n])]


def degrees_from_walks(A):
    return np.diag(A @ A).astype(np.int64)


walk_facts = dict.fromkeys(["in_pieces", "odd_cycles", "leaving", "directed", "weighted"], True)
walk_facts |= dict.fromkeys(["triangles_add", "row_sum"], False)


# %% q4_degrees reject: weights are not looked at
def degree_matrix(A):
    return np.diag(A.sum(axis=1))


def return_walks(A, n):
    return [(n, int(m), n) for m in np.flatnonzero(A[n])]


def degrees_from_walks(A):
    if (A != A.T).any():
        raise ValueError("directions")
    return np.diag(A @ A).astype(np.int64)


walk_facts = dict.fromkeys(["in_pieces", "odd_cycles", "leaving"], True)
walk_facts |= dict.fromkeys(["directed", "weighted", "triangles_add", "row_sum"], False)


# %% q4_degrees reject: thinks that triangles through the node add to it
def degree_matrix(A):
    return np.diag(A.sum(axis=1))


def return_walks(A, n):
    return [(n, int(m), n) for m in np.flatnonzero(A[n])]


def degrees_from_walks(A):
    if (A != A.T).any() or (A * A != A).any():
        raise ValueError("the identity does not hold here")
    return np.diag(A @ A).astype(np.int64)


walk_facts = dict.fromkeys(["in_pieces", "triangles_add", "leaving"], True)
walk_facts |= dict.fromkeys(["directed", "weighted", "odd_cycles", "row_sum"], False)


# %% q4_degrees equivalent: rows and columns of a symmetric matrix have the same sums
# wrong-axis-f608e3


# %% q5_renumbering accept: rows looked up one by one, indices in place of matrices
def find_permutation(X, X2):
    if X.shape != X2.shape:
        raise ValueError("other shape")
    P = np.zeros((len(X), len(X)), dtype=np.int64)
    free = list(range(len(X)))
    for i, row in enumerate(X2):
        hits = [j for j in free if np.allclose(X[j], row, rtol=0, atol=1e-9)]
        if len(hits) != 1:
            raise ValueError("this row is not a node of X")
        P[i, hits[0]] = 1
        free.remove(hits[0])
    return P


def relabel(A, P):
    order = np.argmax(P, axis=1)
    return A[order][:, order]


def count_relabelings(A, A2):
    n, found = len(A), 0
    for order in itertools.permutations(range(n)):
        P = np.eye(n, dtype=int)[list(order)]
        found += bool((P @ A == A2 @ P).all())
    return found


# %% q5_renumbering accept: placed node by node, given up at the first clash
def find_permutation(X, X2):
    if X.shape != X2.shape:
        raise ValueError("other shape")
    gap = torch.cdist(torch.tensor(X2.copy()), torch.tensor(X), p=math.inf)
    P = (gap <= 1e-9).to(torch.int64)
    if not bool((P.sum(0) == 1).all() and (P.sum(1) == 1).all()):
        raise ValueError("no re-ordering")
    return P.numpy()


def relabel(A, P):
    return np.einsum("im,mn,jn->ij", P, A, P)


def count_relabelings(A, A2):
    def place(order):
        i = len(order)
        if i == len(A):
            return 1
        total = 0
        for new in set(range(len(A))) - set(order):
            longer = order + [new]
            if all(A[k, i] == A2[longer[k], new] and A[i, k] == A2[new, longer[k]] for k in range(i + 1)):
                total += place(longer)
        return total

    return place([])


# %% q5_renumbering reject: the inverse permutation
def find_permutation(X, X2):
    if X.shape != X2.shape:
        raise ValueError("other shape")
    P = (np.abs(X[:, None] - X2) <= 1e-9).all(axis=2).astype(np.int64)
    if (P.sum(axis=0) != 1).any() or (P.sum(axis=1) != 1).any():
        raise ValueError("no re-ordering")
    return P


def relabel(A, P):
    return P @ A @ P.T


def count_relabelings(A, A2):
    orders = itertools.permutations(range(len(A)))
    return sum(np.array_equal(A[np.ix_(order, order)], A2) for order in orders)


# %% q5_renumbering reject: the transpose on the wrong side of A
def find_permutation(X, X2):
    if X.shape != X2.shape:
        raise ValueError("other shape")
    P = (np.abs(X2[:, None] - X) <= 1e-9).all(axis=2).astype(np.int64)
    if (P.sum(axis=0) != 1).any():
        raise ValueError("no re-ordering")
    return P


def relabel(A, P):
    return P.T @ A @ P


def count_relabelings(A, A2):
    orders = itertools.permutations(range(len(A)))
    return sum(np.array_equal(A[np.ix_(order, order)], A2) for order in orders)


# %% q5_renumbering reject: renumbers the rows of A and forgets its columns
def find_permutation(X, X2):
    if X.shape != X2.shape:
        raise ValueError("other shape")
    P = (np.abs(X2[:, None] - X) <= 1e-9).all(axis=2).astype(np.int64)
    if (P.sum(axis=0) != 1).any():
        raise ValueError("no re-ordering")
    return P


def relabel(A, P):
    return P @ A


def count_relabelings(A, A2):
    orders = itertools.permutations(range(len(A)))
    return sum(np.array_equal(A[np.ix_(order, order)], A2) for order in orders)


# %% q5_renumbering reject: compares the first entry of each node only
def find_permutation(X, X2):
    if X.shape != X2.shape:
        raise ValueError("other shape")
    P = (np.abs(X2[:, None, 0] - X[:, 0]) <= 1e-9).astype(np.int64)
    if (P.sum(axis=0) != 1).any():
        raise ValueError("no re-ordering")
    return P


def relabel(A, P):
    return P @ A @ P.T


def count_relabelings(A, A2):
    orders = itertools.permutations(range(len(A)))
    return sum(np.array_equal(A[np.ix_(order, order)], A2) for order in orders)


# %% q5_renumbering reject: sorts both by the length of their rows
def find_permutation(X, X2):
    if X.shape != X2.shape:
        raise ValueError("other shape")
    old, new = np.argsort(np.linalg.norm(X, axis=1)), np.argsort(np.linalg.norm(X2, axis=1))
    if not np.allclose(np.sort(X.ravel()), np.sort(X2.ravel()), rtol=0, atol=1e-9):
        raise ValueError("no re-ordering")
    P = np.zeros((len(X), len(X)), dtype=np.int64)
    P[new, old] = 1
    return P


def relabel(A, P):
    return P @ A @ P.T


def count_relabelings(A, A2):
    orders = itertools.permutations(range(len(A)))
    return sum(np.array_equal(A[np.ix_(order, order)], A2) for order in orders)


# %% q5_renumbering reject: a doubled node goes unnoticed
def find_permutation(X, X2):
    if X.shape != X2.shape:
        raise ValueError("other shape")
    P = (np.abs(X2[:, None] - X) <= 1e-9).all(axis=2).astype(np.int64)
    if (P.sum(axis=1) != 1).any():
        raise ValueError("no re-ordering")
    return P


def relabel(A, P):
    return P @ A @ P.T


def count_relabelings(A, A2):
    orders = itertools.permutations(range(len(A)))
    return sum(np.array_equal(A[np.ix_(order, order)], A2) for order in orders)


# %% q5_renumbering reject: compares degrees only
def find_permutation(X, X2):
    if X.shape != X2.shape:
        raise ValueError("other shape")
    P = (np.abs(X2[:, None] - X) <= 1e-9).all(axis=2).astype(np.int64)
    if (P.sum(axis=0) != 1).any():
        raise ValueError("no re-ordering")
    return P


def relabel(A, P):
    return P @ A @ P.T


def count_relabelings(A, A2):
    before, after = A.sum(axis=0), A2.sum(axis=0)
    orders = itertools.permutations(range(len(A)))
    return sum(np.array_equal(before[list(order)], after) for order in orders)


# %% q5_renumbering equivalent: no two entries differ by exactly the bound
# wrong-boundary-0c594c


# %% q6_readout accept: torch's sigmoid, orders by sorting random keys, unit vectors tried out
def graph_readout(H, beta, omega):
    z = torch.tensor(beta + float(omega @ H.sum(axis=0)), dtype=torch.float64)
    return torch.sigmoid(z).item()


def is_invariant(readout, H, trials):
    for _ in range(trials):
        shuffled = H[np.argsort(np.random.rand(len(H)))]
        if not np.allclose(readout(shuffled), readout(H), rtol=1e-9, atol=1e-12):
            return False
    return True


def keeps_readout(M):
    sums = np.ones(len(M)) @ M
    return bool((abs(sums - 1) <= 1e-9).all())


# %% q6_readout accept: two branches of the sigmoid, permutation matrices
def graph_readout(H, beta, omega):
    z = beta + math.fsum(float(h @ omega) for h in H)
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    return math.exp(z) / (1 + math.exp(z))


def is_invariant(readout, H, trials):
    rng = np.random.default_rng()
    results = [readout(np.eye(len(H))[rng.permutation(len(H))] @ H) for _ in range(trials)]
    return bool(np.allclose(results, [readout(H)] * trials, rtol=1e-9, atol=1e-12))


def keeps_readout(M):
    return max(abs(sum(column) - 1) for column in M.T) <= 1e-9


# %% q6_readout reject: the mean in place of the sum
def graph_readout(H, beta, omega):
    z = beta + (H @ omega).mean()
    return float(np.exp(-np.logaddexp(0, -z)))


def is_invariant(readout, H, trials):
    orders = [np.random.permutation(len(H)) for _ in range(trials)]
    return all(np.allclose(readout(H[order]), readout(H), rtol=1e-9, atol=1e-12) for order in orders)


def keeps_readout(M):
    return np.allclose(M.sum(axis=0), 1, rtol=0, atol=1e-9)


# %% q6_readout reject: a sigmoid that underflows to zero and loses its digits
def graph_readout(H, beta, omega):
    z = beta + (H @ omega).sum()
    with np.errstate(all="ignore"):
        return float(1 - 1 / (1 + np.exp(z)))


def is_invariant(readout, H, trials):
    orders = [np.random.permutation(len(H)) for _ in range(trials)]
    return all(np.allclose(readout(H[order]), readout(H), rtol=1e-9, atol=1e-12) for order in orders)


def keeps_readout(M):
    return np.allclose(M.sum(axis=0), 1, rtol=0, atol=1e-9)


# %% q6_readout reject: adds beta once for every node
def graph_readout(H, beta, omega):
    z = (beta + H @ omega).sum()
    return float(np.exp(-np.logaddexp(0, -z)))


def is_invariant(readout, H, trials):
    orders = [np.random.permutation(len(H)) for _ in range(trials)]
    return all(np.allclose(readout(H[order]), readout(H), rtol=1e-9, atol=1e-12) for order in orders)


def keeps_readout(M):
    return np.allclose(M.sum(axis=0), 1, rtol=0, atol=1e-9)


# %% q6_readout reject: compares results exactly, so rounding counts as a difference
def graph_readout(H, beta, omega):
    z = beta + (H @ omega).sum()
    return float(np.exp(-np.logaddexp(0, -z)))


def is_invariant(readout, H, trials):
    orders = [np.random.permutation(len(H)) for _ in range(trials)]
    return all(np.array_equal(readout(H[order]), readout(H)) for order in orders)


def keeps_readout(M):
    return np.allclose(M.sum(axis=0), 1, rtol=0, atol=1e-9)


# %% q6_readout reject: shuffles the entries of each node, not the nodes
def graph_readout(H, beta, omega):
    z = beta + (H @ omega).sum()
    return float(np.exp(-np.logaddexp(0, -z)))


def is_invariant(readout, H, trials):
    orders = [np.random.permutation(H.shape[1]) for _ in range(trials)]
    return all(np.allclose(readout(H[:, order]), readout(H), rtol=1e-9, atol=1e-12) for order in orders)


def keeps_readout(M):
    return np.allclose(M.sum(axis=0), 1, rtol=0, atol=1e-9)


# %% q6_readout reject: only one order, turned round
def graph_readout(H, beta, omega):
    z = beta + (H @ omega).sum()
    return float(np.exp(-np.logaddexp(0, -z)))


def is_invariant(readout, H, trials):
    return np.allclose(readout(H[::-1]), readout(H), rtol=1e-9, atol=1e-12)


def keeps_readout(M):
    return np.allclose(M.sum(axis=0), 1, rtol=0, atol=1e-9)


# %% q6_readout reject: believes that only permutation matrices keep the readout
def graph_readout(H, beta, omega):
    z = beta + (H @ omega).sum()
    return float(np.exp(-np.logaddexp(0, -z)))


def is_invariant(readout, H, trials):
    orders = [np.random.permutation(len(H)) for _ in range(trials)]
    return all(np.allclose(readout(H[order]), readout(H), rtol=1e-9, atol=1e-12) for order in orders)


def keeps_readout(M):
    return bool(np.allclose(np.sort(M, axis=0)[-1], 1) and np.allclose(M @ M.T, np.eye(len(M))))


# %% q6_readout reject: row sums in place of column sums
def graph_readout(H, beta, omega):
    z = beta + (H @ omega).sum()
    return float(np.exp(-np.logaddexp(0, -z)))


def is_invariant(readout, H, trials):
    orders = [np.random.permutation(len(H)) for _ in range(trials)]
    return all(np.allclose(readout(H[order]), readout(H), rtol=1e-9, atol=1e-12) for order in orders)


def keeps_readout(M):
    return np.allclose(M.sum(axis=1), 1, rtol=0, atol=1e-9)


# %% q6_readout equivalent: the sum of all entries of H times the weights of their columns is the same number
# wrong-arithmetic-ec4090


# %% q7_graph_layer accept: two products in place of one long row, renumbering by index
class GraphLayer(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.beta = nn.Parameter(torch.zeros(d_out))
        self.omega = nn.Parameter(torch.empty(d_out, 2 * d_in).normal_())

    def forward(self, H, A):
        own, other = self.omega.chunk(2, dim=1)
        z = H @ own.T + A @ (H @ other.T) + self.beta
        return z.clamp(min=0)


def equivariance_gap(layer, H, A, P):
    order = P.argmax(dim=1)
    first, second = layer(H, A)[order], layer(H[order], A[order][:, order])
    return torch.dist(first, second, p=float("inf")).item()


# %% q7_graph_layer accept: node by node
class GraphLayer(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, 2 * d_in))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, A):
        rows = []
        for m in range(H.shape[0]):
            arrives = (A[m][:, None] * H).sum(dim=0)
            rows.append(nn.functional.linear(torch.cat([H[m], arrives]), self.omega, self.beta))
        return nn.functional.relu(torch.stack(rows))


def equivariance_gap(layer, H, A, P):
    gap = torch.matmul(P, layer(H, A)) - layer(torch.matmul(P, H), torch.einsum("im,mn,jn->ij", P, A, P))
    return max(gap.max().item(), -gap.min().item())


# %% q7_graph_layer reject: sends messages against the edges
class GraphLayer(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, 2 * d_in))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, A):
        return torch.relu(self.beta + torch.cat([H, A.T @ H], dim=1) @ self.omega.T)


def equivariance_gap(layer, H, A, P):
    return float((P @ layer(H, A) - layer(P @ H, P @ A @ P.T)).abs().max())


# %% q7_graph_layer reject: the two halves in the other order
class GraphLayer(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, 2 * d_in))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, A):
        return torch.relu(self.beta + torch.cat([A @ H, H], dim=1) @ self.omega.T)


def equivariance_gap(layer, H, A, P):
    return float((P @ layer(H, A) - layer(P @ H, P @ A @ P.T)).abs().max())


# %% q7_graph_layer reject: an offset of its own for every node number
class GraphLayer(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, 2 * d_in))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, A):
        place = torch.arange(len(H), dtype=H.dtype)[:, None] / len(H)
        return torch.relu(self.beta + place + torch.cat([H, A @ H], dim=1) @ self.omega.T)


def equivariance_gap(layer, H, A, P):
    return float((P @ layer(H, A) - layer(P @ H, P @ A @ P.T)).abs().max())


# %% q7_graph_layer reject: a tensor made in forward is always float32
class GraphLayer(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, 2 * d_in))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, A):
        stacked = torch.zeros(len(H), 2 * H.shape[1])
        stacked[:, : H.shape[1]] = H
        stacked[:, H.shape[1] :] = A @ H
        return torch.relu(self.beta + stacked @ self.omega.T)


def equivariance_gap(layer, H, A, P):
    return float((P @ layer(H, A) - layer(P @ H, P @ A @ P.T)).abs().max())


# %% q7_graph_layer reject: the mean of the neighbours in place of the sum
class GraphLayer(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, 2 * d_in))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, A):
        mean = A @ H / A.sum(dim=1, keepdim=True).clamp(min=1)
        return torch.relu(self.beta + torch.cat([H, mean], dim=1) @ self.omega.T)


def equivariance_gap(layer, H, A, P):
    return float((P @ layer(H, A) - layer(P @ H, P @ A @ P.T)).abs().max())


# %% q7_graph_layer reject: the gap without its absolute value
class GraphLayer(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, 2 * d_in))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, A):
        return torch.relu(self.beta + torch.cat([H, A @ H], dim=1) @ self.omega.T)


def equivariance_gap(layer, H, A, P):
    return float((P @ layer(H, A) - layer(P @ H, P @ A @ P.T)).max())


# %% q7_graph_layer reject: renumbers the nodes and leaves the edges as they are
class GraphLayer(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, 2 * d_in))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, A):
        return torch.relu(self.beta + torch.cat([H, A @ H], dim=1) @ self.omega.T)


def equivariance_gap(layer, H, A, P):
    return float((P @ layer(H, A) - layer(P @ H, A)).abs().max())


# %% q7_graph_layer reject: the transpose on the wrong side of A
class GraphLayer(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, 2 * d_in))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, A):
        return torch.relu(self.beta + torch.cat([H, A @ H], dim=1) @ self.omega.T)


def equivariance_gap(layer, H, A, P):
    return float((P @ layer(H, A) - layer(P @ H, P.T @ A @ P)).abs().max())


# %% q8_proof_steps accept: each step tried on random matrices
def proof_steps(M):
    n = len(M)
    rng = np.random.default_rng()
    Z, H, A = rng.normal(size=(n, 1000)), rng.normal(size=(n, 30)), rng.normal(size=(n, n))
    relu = lambda z: z * (z > 0)
    return {
        "sum": bool(np.abs((M @ A @ M.T) @ (M @ H) - M @ A @ H).max() < 1e-9),
        "bias": bool(np.abs(M @ np.ones(n) - np.ones(n)).max() <= 1e-9),
        "activation": bool(np.abs(relu(M @ Z) - M @ relu(Z)).max() < 1e-9),
    }


layer_facts = dict.fromkeys(["any_elementwise", "softmax_over_nodes", "more_than_permutations"], True)
layer_facts |= dict.fromkeys(["needs_undirected", "node_bias", "order_of_features"], False)


# %% q8_proof_steps accept: rows and columns looked at one by one
def proof_steps(M):
    rows = [[float(v) for v in row if abs(v) > 1e-9] for row in M]
    columns = M.T.tolist()
    facts = {"bias": True, "sum": True, "activation": True}
    for row in rows:
        if len(row) > 1 or any(v < 0 for v in row):
            facts["activation"] = False
    for row in M:
        if abs(math.fsum(row) - 1) > 1e-9:
            facts["bias"] = False
    for i, u in enumerate(columns):
        for j, v in enumerate(columns):
            if abs(sum(a * b for a, b in zip(u, v)) - (i == j)) > 1e-9:
                facts["sum"] = False
    return facts


layer_facts = dict(needs_undirected=False, any_elementwise=True, node_bias=False, softmax_over_nodes=True)
layer_facts.update(order_of_features=False, more_than_permutations=True)


# %% q8_proof_steps reject: column sums for the bias, as in the readout
def proof_steps(M):
    return {
        "activation": bool((M >= -1e-9).all() and ((np.abs(M) > 1e-9).sum(axis=1) <= 1).all()),
        "bias": np.allclose(M.sum(axis=0), 1, rtol=0, atol=1e-9),
        "sum": np.allclose(M.T @ M, np.eye(len(M)), rtol=0, atol=1e-9),
    }


layer_facts = dict.fromkeys(["any_elementwise", "softmax_over_nodes", "more_than_permutations"], True)
layer_facts |= dict.fromkeys(["needs_undirected", "node_bias", "order_of_features"], False)


# %% q8_proof_steps reject: any matrix with non-negative entries is said to commute with ReLU
def proof_steps(M):
    return {
        "activation": bool((M >= -1e-9).all()),
        "bias": np.allclose(M.sum(axis=1), 1, rtol=0, atol=1e-9),
        "sum": np.allclose(M.T @ M, np.eye(len(M)), rtol=0, atol=1e-9),
    }


layer_facts = dict.fromkeys(["any_elementwise", "softmax_over_nodes", "more_than_permutations"], True)
layer_facts |= dict.fromkeys(["needs_undirected", "node_bias", "order_of_features"], False)


# %% q8_proof_steps reject: an invertible matrix is enough for the sum
def proof_steps(M):
    return {
        "activation": bool((M >= -1e-9).all() and ((np.abs(M) > 1e-9).sum(axis=1) <= 1).all()),
        "bias": np.allclose(M.sum(axis=1), 1, rtol=0, atol=1e-9),
        "sum": bool(abs(np.linalg.det(M)) == 1),
    }


layer_facts = dict.fromkeys(["any_elementwise", "softmax_over_nodes", "more_than_permutations"], True)
layer_facts |= dict.fromkeys(["needs_undirected", "node_bias", "order_of_features"], False)


# %% q8_proof_steps reject: all three steps need a permutation matrix
def proof_steps(M):
    one = bool((np.abs(M - M.round()) < 1e-9).all() and (np.abs(np.abs(M).sum(axis=1) - 1) < 1e-9).all())
    one = one and bool((np.abs(M.sum(axis=0) - 1) < 1e-9).all()) and M.min() > -1e-9
    doubled = np.allclose(M, 2 * np.eye(len(M)))
    return {"activation": one or doubled, "bias": one, "sum": one}


layer_facts = dict.fromkeys(["any_elementwise", "softmax_over_nodes"], True)
layer_facts |= dict.fromkeys(["needs_undirected", "node_bias", "order_of_features", "more_than_permutations"], False)


# %% q8_proof_steps reject: thinks that the proof needs an undirected graph and an activation without sums
def proof_steps(M):
    return {
        "activation": bool((M >= -1e-9).all() and ((np.abs(M) > 1e-9).sum(axis=1) <= 1).all()),
        "bias": np.allclose(M.sum(axis=1), 1, rtol=0, atol=1e-9),
        "sum": np.allclose(M.T @ M, np.eye(len(M)), rtol=0, atol=1e-9),
    }


layer_facts = dict.fromkeys(["any_elementwise", "needs_undirected", "more_than_permutations"], True)
layer_facts |= dict.fromkeys(["softmax_over_nodes", "node_bias", "order_of_features"], False)


# %% q8_proof_steps reject: lets every node number have its own bias
def proof_steps(M):
    return {
        "activation": bool((M >= -1e-9).all() and ((np.abs(M) > 1e-9).sum(axis=1) <= 1).all()),
        "bias": np.allclose(M.sum(axis=1), 1, rtol=0, atol=1e-9),
        "sum": np.allclose(M.T @ M, np.eye(len(M)), rtol=0, atol=1e-9),
    }


layer_facts = dict.fromkeys(["any_elementwise", "softmax_over_nodes", "more_than_permutations", "node_bias"], True)
layer_facts |= dict.fromkeys(["needs_undirected", "order_of_features"], False)


# %% q8_proof_steps equivalent: no entry equals the bound, and a left inverse of a square matrix is a right inverse
# wrong-boundary-4d6ffc
# wrong-boundary-e7a6e3
# swapped-operands-2927f9


# %% q9_mean_aggregation accept: inverse of D + I, limit from the left eigenvector
def sage_matrix(A):
    n = len(A)
    D = np.diag(np.diag(A @ A))
    return np.linalg.inv(D + np.eye(n)) @ (A + np.eye(n))


def sage_mean(H, A):
    return np.linalg.solve(np.diag(A.sum(axis=0)) + np.eye(len(A)), A @ H + H)


def smoothed(H, A):
    values, vectors = np.linalg.eig(sage_matrix(A).T)
    w = np.real(vectors[:, np.argmax(values.real)])
    return (w / w.sum()) @ H


# %% q9_mean_aggregation accept: node by node
def sage_matrix(A):
    return sage_mean(np.eye(len(A)), A)


def sage_mean(H, A):
    rows = []
    for n in range(len(A)):
        group = np.append(np.flatnonzero(A[n]), n)
        rows.append(H[group].mean(axis=0))
    return np.array(rows)


def smoothed(H, A):
    total = sum((1 + A[n].sum()) * H[n] for n in range(len(A)))
    return total / (len(A) + A.sum())


# %% q9_mean_aggregation reject: divides by the degree of the neighbour
def sage_matrix(A):
    with_self = A + np.eye(len(A))
    return with_self / with_self.sum(axis=0, keepdims=True)


def sage_mean(H, A):
    return sage_matrix(A) @ H


def smoothed(H, A):
    weights = 1 + A.sum(axis=1)
    return weights @ H / weights.sum()


# %% q9_mean_aggregation reject: mean of the neighbours plus the node itself
def sage_matrix(A):
    return A / A.sum(axis=1, keepdims=True).clip(1) + np.eye(len(A))


def sage_mean(H, A):
    return sage_matrix(A) @ H


def smoothed(H, A):
    weights = 1 + A.sum(axis=1)
    return weights @ H / weights.sum()


# %% q9_mean_aggregation reject: symmetric normalisation
def sage_matrix(A):
    scale = (1 + A.sum(axis=1)) ** -0.5
    return scale[:, None] * (A + np.eye(len(A))) * scale


def sage_mean(H, A):
    return sage_matrix(A) @ H


def smoothed(H, A):
    weights = 1 + A.sum(axis=1)
    return weights @ H / weights.sum()


# %% q9_mean_aggregation reject: mean of the neighbours without the node
def sage_matrix(A):
    return A / A.sum(axis=1, keepdims=True).clip(1)


def sage_mean(H, A):
    return sage_matrix(A) @ H


def smoothed(H, A):
    weights = 1 + A.sum(axis=1)
    return weights @ H / weights.sum()


# %% q9_mean_aggregation reject: all nodes count the same in the limit
def sage_matrix(A):
    return (A + np.eye(len(A))) / (1 + A.sum(axis=1, keepdims=True))


def sage_mean(H, A):
    return sage_matrix(A) @ H


def smoothed(H, A):
    return H.mean(axis=0)


# %% q9_mean_aggregation reject: nodes weighed by their degree in the limit
def sage_matrix(A):
    return (A + np.eye(len(A))) / (1 + A.sum(axis=1, keepdims=True))


def sage_mean(H, A):
    return sage_matrix(A) @ H


def smoothed(H, A):
    return A.sum(axis=1) @ H / max(A.sum(), 1)


# %% q9_mean_aggregation reject: ten steps taken for the limit
def sage_matrix(A):
    return (A + np.eye(len(A))) / (1 + A.sum(axis=1, keepdims=True))


def sage_mean(H, A):
    return sage_matrix(A) @ H


def smoothed(H, A):
    return (np.linalg.matrix_power(sage_matrix(A), 10) @ H)[0]


# %% q9_mean_aggregation reject: an isolated node gives nan
def sage_matrix(A):
    with np.errstate(all="ignore"):
        return (A + np.eye(len(A))) / (
            A.sum(axis=1, keepdims=True) / A.sum(axis=1, keepdims=True) + A.sum(axis=1)[:, None]
        )


def sage_mean(H, A):
    return sage_matrix(A) @ H


def smoothed(H, A):
    weights = 1 + A.sum(axis=1)
    return weights @ H / weights.sum()


# %% q9_mean_aggregation equivalent: rows and columns of a symmetric matrix have the same sums
# wrong-axis-98de5a


# %% q10_attention accept: node by node, only over the group
class GraphAttention(nn.Module):
    def __init__(self, d_in, d_k, d_v):
        super().__init__()
        self.q = nn.Linear(d_in, d_k)
        self.k = nn.Linear(d_in, d_k)
        self.v = nn.Linear(d_in, d_v)

    def group(self, A, n):
        return torch.unique(torch.cat([A[n].nonzero().flatten(), torch.tensor([n])]))

    def attention(self, H, A):
        Q, K = self.q(H), self.k(H)
        rows = []
        for n in range(len(H)):
            group = self.group(A, n)
            row = torch.zeros(len(H), dtype=H.dtype)
            rows.append(row.index_put((group,), torch.softmax(K[group] @ Q[n], dim=0)))
        return torch.stack(rows)

    def forward(self, H, A):
        weights, V = self.attention(H, A), self.v(H)
        return torch.stack([(row[:, None] * V).sum(dim=0) for row in weights])


diagram = {("H", box) for box in "QKV"} | {("V", "output"), ("weights", "output")}
diagram |= {(box, "scores") for box in "QK"} | {(box, "masked scores") for box in ("scores", "A")}
diagram.add(("masked scores", "weights"))


# %% q10_attention accept: masked exponentials, divided by their sum
class GraphAttention(nn.Module):
    def __init__(self, d_in, d_k, d_v):
        super().__init__()
        self.q = nn.Linear(d_in, d_k)
        self.k = nn.Linear(d_in, d_k)
        self.v = nn.Linear(d_in, d_v)

    def attention(self, H, A):
        seen = (A != 0) | torch.eye(len(A), dtype=torch.bool)
        scores = torch.einsum("nd,md->nm", self.q(H), self.k(H))
        top = torch.where(seen, scores, torch.full_like(scores, -1e30)).amax(dim=1, keepdim=True)
        e = torch.where(seen, (scores - top).clamp(max=0).exp(), torch.zeros_like(scores))
        return e / e.sum(dim=1, keepdim=True)

    def forward(self, H, A):
        mask = torch.where(A + torch.eye(len(A)) > 0, 0.0, -math.inf).to(H.dtype)
        attend = nn.functional.scaled_dot_product_attention
        return attend(self.q(H)[None], self.k(H)[None], self.v(H)[None], attn_mask=mask, scale=1.0)[0]


diagram = frozenset(
    pair
    for box, inputs in {
        "Q": ["H"],
        "K": ["H"],
        "V": ["H"],
        "scores": ["Q", "K"],
        "masked scores": ["scores", "A"],
        "weights": ["masked scores"],
        "output": ["weights", "V"],
    }.items()
    for pair in [(start, box) for start in inputs]
)


# %% q10_attention reject: multiplies the scores by A + I before the softmax
class GraphAttention(nn.Module):
    def __init__(self, d_in, d_k, d_v):
        super().__init__()
        self.q = nn.Linear(d_in, d_k)
        self.k = nn.Linear(d_in, d_k)
        self.v = nn.Linear(d_in, d_v)

    def attention(self, H, A):
        scores = self.q(H) @ self.k(H).T
        return torch.softmax(scores * (A + torch.eye(len(A))), dim=1)

    def forward(self, H, A):
        return self.attention(H, A) @ self.v(H)


diagram = {("H", box) for box in "QKV"} | {("V", "output"), ("weights", "output")}
diagram |= {(box, "scores") for box in "QK"} | {(box, "masked scores") for box in ("scores", "A")}
diagram.add(("masked scores", "weights"))


# %% q10_attention reject: masks with A alone, so a node does not see itself
class GraphAttention(nn.Module):
    def __init__(self, d_in, d_k, d_v):
        super().__init__()
        self.q = nn.Linear(d_in, d_k)
        self.k = nn.Linear(d_in, d_k)
        self.v = nn.Linear(d_in, d_v)

    def attention(self, H, A):
        scores = self.q(H) @ self.k(H).T
        return torch.softmax(scores.masked_fill(A == 0, -math.inf), dim=1)

    def forward(self, H, A):
        return self.attention(H, A) @ self.v(H)


diagram = {("H", box) for box in "QKV"} | {("V", "output"), ("weights", "output")}
diagram |= {(box, "scores") for box in "QK"} | {(box, "masked scores") for box in ("scores", "A")}
diagram.add(("masked scores", "weights"))


# %% q10_attention reject: masks after the softmax and does not divide again
class GraphAttention(nn.Module):
    def __init__(self, d_in, d_k, d_v):
        super().__init__()
        self.q = nn.Linear(d_in, d_k)
        self.k = nn.Linear(d_in, d_k)
        self.v = nn.Linear(d_in, d_v)

    def attention(self, H, A):
        scores = self.q(H) @ self.k(H).T
        return torch.softmax(scores, dim=1) * ((A + torch.eye(len(A))) > 0)

    def forward(self, H, A):
        return self.attention(H, A) @ self.v(H)


diagram = {("H", box) for box in "QKV"} | {("V", "output"), ("weights", "output")}
diagram |= {(box, "scores") for box in "QK"} | {(box, "masked scores") for box in ("scores", "A")}
diagram.add(("masked scores", "weights"))


# %% q10_attention reject: softmax down the columns
class GraphAttention(nn.Module):
    def __init__(self, d_in, d_k, d_v):
        super().__init__()
        self.q = nn.Linear(d_in, d_k)
        self.k = nn.Linear(d_in, d_k)
        self.v = nn.Linear(d_in, d_v)

    def attention(self, H, A):
        scores = self.q(H) @ self.k(H).T
        hidden = A + torch.eye(len(A)) == 0
        return torch.softmax(scores.masked_fill(hidden, -math.inf), dim=0)

    def forward(self, H, A):
        return self.attention(H, A) @ self.v(H)


diagram = {("H", box) for box in "QKV"} | {("V", "output"), ("weights", "output")}
diagram |= {(box, "scores") for box in "QK"} | {(box, "masked scores") for box in ("scores", "A")}
diagram.add(("masked scores", "weights"))


# %% q10_attention reject: queries and keys swapped
class GraphAttention(nn.Module):
    def __init__(self, d_in, d_k, d_v):
        super().__init__()
        self.q = nn.Linear(d_in, d_k)
        self.k = nn.Linear(d_in, d_k)
        self.v = nn.Linear(d_in, d_v)

    def attention(self, H, A):
        scores = self.k(H) @ self.q(H).T
        hidden = A + torch.eye(len(A)) == 0
        return torch.softmax(scores.masked_fill(hidden, -math.inf), dim=1)

    def forward(self, H, A):
        return self.attention(H, A) @ self.v(H)


diagram = {("H", box) for box in "QKV"} | {("V", "output"), ("weights", "output")}
diagram |= {(box, "scores") for box in "QK"} | {(box, "masked scores") for box in ("scores", "A")}
diagram.add(("masked scores", "weights"))


# %% q10_attention reject: attends against the direction of the edges
class GraphAttention(nn.Module):
    def __init__(self, d_in, d_k, d_v):
        super().__init__()
        self.q = nn.Linear(d_in, d_k)
        self.k = nn.Linear(d_in, d_k)
        self.v = nn.Linear(d_in, d_v)

    def attention(self, H, A):
        scores = self.q(H) @ self.k(H).T
        hidden = A.T + torch.eye(len(A)) == 0
        return torch.softmax(scores.masked_fill(hidden, -math.inf), dim=1)

    def forward(self, H, A):
        return self.attention(H, A) @ self.v(H)


diagram = {("H", box) for box in "QKV"} | {("V", "output"), ("weights", "output")}
diagram |= {(box, "scores") for box in "QK"} | {(box, "masked scores") for box in ("scores", "A")}
diagram.add(("masked scores", "weights"))


# %% q10_attention reject: scores divided by the root of their width
class GraphAttention(nn.Module):
    def __init__(self, d_in, d_k, d_v):
        super().__init__()
        self.q = nn.Linear(d_in, d_k)
        self.k = nn.Linear(d_in, d_k)
        self.v = nn.Linear(d_in, d_v)

    def attention(self, H, A):
        scores = self.q(H) @ self.k(H).T / math.sqrt(self.q.out_features)
        hidden = A + torch.eye(len(A)) == 0
        return torch.softmax(scores.masked_fill(hidden, -math.inf), dim=1)

    def forward(self, H, A):
        return self.attention(H, A) @ self.v(H)


diagram = {("H", box) for box in "QKV"} | {("V", "output"), ("weights", "output")}
diagram |= {(box, "scores") for box in "QK"} | {(box, "masked scores") for box in ("scores", "A")}
diagram.add(("masked scores", "weights"))


# %% q10_attention reject: exponentials that overflow
class GraphAttention(nn.Module):
    def __init__(self, d_in, d_k, d_v):
        super().__init__()
        self.q = nn.Linear(d_in, d_k)
        self.k = nn.Linear(d_in, d_k)
        self.v = nn.Linear(d_in, d_v)

    def attention(self, H, A):
        scores = self.q(H) @ self.k(H).T
        e = torch.exp(scores) * ((A + torch.eye(len(A))) > 0)
        return e / e.sum(dim=1, keepdim=True)

    def forward(self, H, A):
        return self.attention(H, A) @ self.v(H)


diagram = {("H", box) for box in "QKV"} | {("V", "output"), ("weights", "output")}
diagram |= {(box, "scores") for box in "QK"} | {(box, "masked scores") for box in ("scores", "A")}
diagram.add(("masked scores", "weights"))


# %% q10_attention reject: queries and keys without a bias
class GraphAttention(nn.Module):
    def __init__(self, d_in, d_k, d_v):
        super().__init__()
        self.q = nn.Linear(d_in, d_k, bias=False)
        self.k = nn.Linear(d_in, d_k, bias=False)
        self.v = nn.Linear(d_in, d_v)

    def attention(self, H, A):
        scores = self.q(H) @ self.k(H).T
        hidden = A + torch.eye(len(A)) == 0
        return torch.softmax(scores.masked_fill(hidden, -math.inf), dim=1)

    def forward(self, H, A):
        return self.attention(H, A) @ self.v(H)


diagram = {("H", box) for box in "QKV"} | {("V", "output"), ("weights", "output")}
diagram |= {(box, "scores") for box in "QK"} | {(box, "masked scores") for box in ("scores", "A")}
diagram.add(("masked scores", "weights"))


# %% q10_attention reject: in the diagram the adjacency matrix changes the values, not the scores
class GraphAttention(nn.Module):
    def __init__(self, d_in, d_k, d_v):
        super().__init__()
        self.q = nn.Linear(d_in, d_k)
        self.k = nn.Linear(d_in, d_k)
        self.v = nn.Linear(d_in, d_v)

    def attention(self, H, A):
        scores = self.q(H) @ self.k(H).T
        hidden = A + torch.eye(len(A)) == 0
        return torch.softmax(scores.masked_fill(hidden, -math.inf), dim=1)

    def forward(self, H, A):
        return self.attention(H, A) @ self.v(H)


diagram = {("H", box) for box in "QKV"} | {("V", "output"), ("weights", "output"), ("A", "V")}
diagram |= {(box, "scores") for box in "QK"} | {("scores", "masked scores"), ("masked scores", "weights")}


# %% q11_edge_graph accept: broadcast comparison of ends, pairs counted with comb
joined = frozenset("ab ac bc bd cd de df ef".split())


def edge_graph(edges):
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)
    shared = (ends[:, None, :, None] == ends[None, :, None, :]).sum(axis=(2, 3))
    return (shared == 1).astype(np.int64)


def edge_graph_size(degrees):
    return sum(math.comb(d, 2) for d in degrees)


# %% q11_edge_graph accept: goes through the nodes
joined = {x + y for corner in ("abc", "bcd", "def") for x, y in itertools.combinations(corner, 2)}


def edge_graph(edges):
    at_node = {}
    for e, edge in enumerate(edges):
        for n in edge:
            at_node.setdefault(n, []).append(e)
    A_edge = np.zeros((len(edges), len(edges)), dtype=np.int64)
    for group in at_node.values():
        for e, f in itertools.permutations(group, 2):
            A_edge[e, f] = 1
    return A_edge


def edge_graph_size(degrees):
    return (sum(d * d for d in degrees) - sum(degrees)) // 2


# %% q11_edge_graph reject: joins the edges that do not touch
joined = {x + y for x, y in itertools.combinations("abcdef", 2)} - set("ab ac bc bd cd de df ef".split())


def edge_graph(edges):
    return np.array([[int(not set(e) & set(f)) for f in edges] for e in edges], dtype=np.int64).reshape(
        len(edges), len(edges)
    )


def edge_graph_size(degrees):
    pairs = math.comb(sum(degrees) // 2, 2)
    return pairs - sum(math.comb(d, 2) for d in degrees)


# %% q11_edge_graph reject: twos left on the diagonal
joined = set("ab ac bc bd cd de df ef".split())


def edge_graph(edges):
    return np.array([[len(set(e) & set(f)) for f in edges] for e in edges], dtype=np.int64).reshape(
        len(edges), len(edges)
    )


def edge_graph_size(degrees):
    return sum(math.comb(d, 2) for d in degrees)


# %% q11_edge_graph reject: only the end of one edge and the beginning of the next
joined = set("ac bd cd de df".split())


def edge_graph(edges):
    A_edge = np.zeros((len(edges), len(edges)), dtype=np.int64)
    for i, e in enumerate(edges):
        for j, f in enumerate(edges):
            if e[1] == f[0]:
                A_edge[i, j] = A_edge[j, i] = 1
    return A_edge


def edge_graph_size(degrees):
    return sum(math.comb(d, 2) for d in degrees)


# %% q11_edge_graph reject: the triangle collapsed, its edges not joined to one another
joined = set("bd cd de df ef".split())


def edge_graph(edges):
    return np.array([[int(len({*e, *f}) == 3) for f in edges] for e in edges], dtype=np.int64).reshape(
        len(edges), len(edges)
    )


def edge_graph_size(degrees):
    return sum(math.comb(d, 2) for d in degrees)


# %% q11_edge_graph reject: ordered pairs of edges counted
joined = set("ab ac bc bd cd de df ef".split())


def edge_graph(edges):
    return np.array([[int(len({*e, *f}) == 3) for f in edges] for e in edges], dtype=np.int64).reshape(
        len(edges), len(edges)
    )


def edge_graph_size(degrees):
    return sum(d * (d - 1) for d in degrees)


# %% q11_edge_graph reject: one edge less than the degree at each node, right on paths only
joined = set("ab ac bc bd cd de df ef".split())


def edge_graph(edges):
    return np.array([[int(len({*e, *f}) == 3) for f in edges] for e in edges], dtype=np.int64).reshape(
        len(edges), len(edges)
    )


def edge_graph_size(degrees):
    return sum(max(d - 1, 0) for d in degrees)


# %% q11_edge_graph equivalent: from a list np.asarray makes a new array, too
# dropped-copy-c56906


# %% q12_incidence accept: zero diagonals, eigenvalues from the Laplacian's relative
def incidence(A):
    pairs = [(m, n) for m in range(len(A)) for n in range(m + 1, len(A)) if A[m, n]]
    return np.array([[int(k in pair) for pair in pairs] for k in range(len(A))], dtype=np.int64)


def node_adjacency(B):
    A = np.einsum("me,ne->mn", B, B)
    np.fill_diagonal(A, 0)
    return A


def edge_adjacency(B):
    A_edge = np.tensordot(B, B, axes=(0, 0))
    return np.where(np.eye(len(A_edge), dtype=bool), 0, A_edge)


def edge_graph_eigenvalues(A):
    D = np.diag(np.diag(A @ A))
    values, E = np.linalg.eigvalsh(D + A)[::-1], int(np.trace(D)) // 2
    if E <= len(A):
        return values[:E] - 2.0
    return np.concatenate([values, np.zeros(E - len(A))]) - 2.0


# %% q12_incidence accept: torch, pairs of ends
def incidence(A):
    m, n = np.nonzero(np.triu(A, 1))
    one_hot = torch.nn.functional.one_hot
    ends = torch.tensor(np.stack([m, n]), dtype=torch.int64)
    return one_hot(ends, len(A)).sum(dim=0).T.numpy() * 1


def node_adjacency(B):
    return (B @ B.T) * (1 - np.eye(len(B), dtype=np.int64))


def edge_adjacency(B):
    return (B.T @ B == 1).astype(np.int64)


def edge_graph_eigenvalues(A):
    A = torch.tensor(A, dtype=torch.float64)
    values = torch.linalg.eigvalsh(A + torch.diag(A.sum(0)))
    E = int(A.sum()) // 2
    padded = torch.cat([values, torch.zeros(E, dtype=torch.float64)])
    return (torch.topk(padded, E).values - 2).numpy()


# %% q12_incidence reject: takes the identity off once
def incidence(A):
    ends = np.argwhere(np.triu(A))
    return np.array([[int(k in pair) for pair in ends] for k in range(len(A))], dtype=np.int64)


def node_adjacency(B):
    return B @ B.T - np.diag(B.sum(axis=1))


def edge_adjacency(B):
    return B.T @ B - np.eye(B.shape[1], dtype=np.int64)


def edge_graph_eigenvalues(A):
    degrees = A.sum(axis=1)
    E = degrees.sum() // 2
    values = np.append(np.linalg.eigvalsh(A + np.diag(degrees)), np.zeros(E))
    return np.sort(values)[::-1][:E] - 1


# %% q12_incidence reject: degrees left on the diagonal
def incidence(A):
    ends = np.argwhere(np.triu(A))
    return np.array([[int(k in pair) for pair in ends] for k in range(len(A))], dtype=np.int64)


def node_adjacency(B):
    return B @ B.T


def edge_adjacency(B):
    return B.T @ B - 2 * np.eye(B.shape[1], dtype=np.int64)


def edge_graph_eigenvalues(A):
    degrees = A.sum(axis=1)
    E = degrees.sum() // 2
    values = np.append(np.linalg.eigvalsh(A + np.diag(degrees)), np.zeros(E))
    return np.sort(values)[::-1][:E] - 2


# %% q12_incidence reject: signs at the two ends of an edge, as for the Laplacian
def incidence(A):
    B = np.zeros((len(A), A.sum() // 2), dtype=np.int64)
    for e, (m, n) in enumerate(np.argwhere(np.triu(A))):
        B[m, e], B[n, e] = -1, 1
    return B


def node_adjacency(B):
    return B @ B.T - np.diag((B**2).sum(axis=1))


def edge_adjacency(B):
    return B.T @ B - 2 * np.eye(B.shape[1], dtype=np.int64)


def edge_graph_eigenvalues(A):
    degrees = A.sum(axis=1)
    E = degrees.sum() // 2
    values = np.append(np.linalg.eigvalsh(np.diag(degrees) - A), np.zeros(E))
    return np.sort(values)[::-1][:E] - 2


# %% q12_incidence reject: columns in the order of the larger end
def incidence(A):
    ends = [(m, n) for n in range(len(A)) for m in range(n) if A[m, n]]
    return np.array([[int(k in pair) for pair in ends] for k in range(len(A))], dtype=np.int64)


def node_adjacency(B):
    return B @ B.T - np.diag(B.sum(axis=1))


def edge_adjacency(B):
    return B.T @ B - 2 * np.eye(B.shape[1], dtype=np.int64)


def edge_graph_eigenvalues(A):
    degrees = A.sum(axis=1)
    E = degrees.sum() // 2
    values = np.append(np.linalg.eigvalsh(A + np.diag(degrees)), np.zeros(E))
    return np.sort(values)[::-1][:E] - 2


# %% q12_incidence reject: the eigenvalues of the node graph, moved by two
def incidence(A):
    ends = np.argwhere(np.triu(A))
    return np.array([[int(k in pair) for pair in ends] for k in range(len(A))], dtype=np.int64)


def node_adjacency(B):
    return B @ B.T - np.diag(B.sum(axis=1))


def edge_adjacency(B):
    return B.T @ B - 2 * np.eye(B.shape[1], dtype=np.int64)


def edge_graph_eigenvalues(A):
    E = A.sum() // 2
    values = np.append(np.linalg.eigvalsh(A) + 2, np.zeros(E))
    return np.sort(values)[::-1][:E] - 2


# %% q12_incidence reject: as many eigenvalues as nodes
def incidence(A):
    ends = np.argwhere(np.triu(A))
    return np.array([[int(k in pair) for pair in ends] for k in range(len(A))], dtype=np.int64)


def node_adjacency(B):
    return B @ B.T - np.diag(B.sum(axis=1))


def edge_adjacency(B):
    return B.T @ B - 2 * np.eye(B.shape[1], dtype=np.int64)


def edge_graph_eigenvalues(A):
    return np.sort(np.linalg.eigvalsh(A + np.diag(A.sum(axis=1))))[::-1][: A.sum() // 2] - 2


# %% q12_incidence equivalent: rows and columns of a symmetric matrix have the same sums
# wrong-axis-3d425d


# %% q13_root_graph accept: shares the edges out among cliques, at most two for each
ends = dict(a=(20, 30), b=(30, 10), c=(10, 20), d=(10, 40), e=(50, 40))


def root_graph(A_edge):
    E = len(A_edge)
    neighbours = {(i, j) for i in range(E) for j in range(i + 1, E) if A_edge[i, j]}

    def cover(left, corners):
        if not left:
            return corners
        i, j = min(left)
        others = [k for k in range(E) if k not in (i, j)]
        for size in range(len(others) + 1):
            for more in itertools.combinations(others, size):
                corner = {i, j, *more}
                inside_pairs = set(itertools.combinations(sorted(corner), 2))
                full = inside_pairs <= left
                if full and all(sum(k in c for c in corners) < 2 for k in corner):
                    found = cover(left - inside_pairs, [*corners, corner])
                    if found is not None:
                        return found
        return None

    corners = cover(neighbours, [])
    if corners is None:
        raise ValueError("no root")
    pairs, fresh = [], len(corners)
    for k in range(E):
        mine = [n for n, corner in enumerate(corners) if k in corner]
        while len(mine) < 2:
            mine.append(fresh)
            fresh += 1
        pairs.append(tuple(mine))
    if len(set(pairs)) < E:
        raise ValueError("two edges join the same two nodes")
    return pairs


two_roots = (((5, 6), (6, 7), (7, 5)), ((9, 1), (9, 2), (9, 3)))


# %% q13_root_graph accept: all pairs of eight nodes, with a stack
ends = {letter: tuple(map(int, pair)) for letter, pair in zip("abcde", "23 12 13 14 45".split())}


def root_graph(A_edge):
    every = list(itertools.combinations(range(8), 2))
    stack = [[(0, 1)]]
    while stack:
        pairs = stack.pop()
        if len(pairs) == len(A_edge):
            return pairs
        used = max(max(pair) for pair in pairs)
        for u, v in every:
            if u > used + 1 or v > used + 2:
                continue
            if all((u in p) + (v in p) == A_edge[len(pairs)][k] for k, p in enumerate(pairs)):
                stack.append(pairs + [(u, v)])
    raise ValueError("no root")


two_roots = [[(0, 1), (0, 2), (0, 3)], [(0, 1), (1, 2), (2, 0)]]


# %% q13_root_graph reject: three edges that touch meet in one node
ends = {"a": (1, 2), "b": (1, 3), "c": (1, 4), "d": (3, 4), "e": (3, 5)}


def root_graph(A_edge):
    every = list(itertools.combinations(range(8), 2))
    stack = [[(0, 1)]]
    while stack:
        pairs = stack.pop()
        if len(pairs) == len(A_edge):
            return pairs
        for new in every:
            if all(len({*new} & {*p}) == A_edge[len(pairs)][k] for k, p in enumerate(pairs)):
                stack.append(pairs + [new])
    raise ValueError("no root")


two_roots = [[(0, 1), (0, 2), (0, 3)], [(0, 1), (1, 2), (2, 0)]]


# %% q13_root_graph reject: hands back the edge graph itself
ends = {"a": (0, 1), "b": (0, 2), "c": (1, 2), "d": (1, 3), "e": (2, 3)}


def root_graph(A_edge):
    edges = [(int(i), int(j)) for i, j in np.argwhere(np.triu(A_edge))]
    return edges if len(edges) == len(A_edge) else [(k, k + 1) for k in range(len(A_edge))]


two_roots = [[(0, 1), (0, 2), (0, 3)], [(0, 1), (1, 2), (2, 0)]]


# %% q13_root_graph reject: a tree for ends, the path and the star for the triangle
ends = {"a": (2, 6), "b": (1, 2), "c": (1, 3), "d": (1, 4), "e": (4, 5)}


def root_graph(A_edge):
    every = list(itertools.combinations(range(8), 2))
    stack = [[(0, 1)]]
    while stack:
        pairs = stack.pop()
        if len(pairs) == len(A_edge):
            return pairs
        for new in every:
            if all(len({*new} & {*p}) == A_edge[len(pairs)][k] for k, p in enumerate(pairs)):
                stack.append(pairs + [new])
    raise ValueError("no root")


two_roots = [[(0, 1), (0, 2), (0, 3)], [(0, 1), (1, 2), (2, 3)]]


# %% q13_root_graph reject: the same root twice, other names
ends = {"a": (2, 3), "b": (1, 2), "c": (1, 3), "d": (1, 4), "e": (4, 5)}


def root_graph(A_edge):
    every = list(itertools.combinations(range(8), 2))
    stack = [[(0, 1)]]
    while stack:
        pairs = stack.pop()
        if len(pairs) == len(A_edge):
            return pairs
        for new in every:
            if all(len({*new} & {*p}) == A_edge[len(pairs)][k] for k, p in enumerate(pairs)):
                stack.append(pairs + [new])
    raise ValueError("no root")


two_roots = [[(0, 1), (0, 2), (1, 2)], [(4, 5), (5, 6), (4, 6)]]


# %% q13_root_graph reject: takes the first pair that fits and never goes back
ends = {"a": (2, 3), "b": (1, 2), "c": (1, 3), "d": (1, 4), "e": (4, 5)}


def root_graph(A_edge):
    pairs = []
    for k in range(len(A_edge)):
        fits = [
            new
            for new in itertools.combinations(range(2 * k + 2), 2)
            if all(len({*new} & {*p}) == A_edge[k, j] for j, p in enumerate(pairs))
        ]
        if not fits:
            raise ValueError("no root")
        pairs.append(fits[0])
    return pairs


two_roots = [[(0, 1), (0, 2), (0, 3)], [(0, 1), (1, 2), (2, 0)]]


# %% q13_root_graph reject: lets two edges join the same nodes
ends = {"a": (2, 3), "b": (1, 2), "c": (1, 3), "d": (1, 4), "e": (4, 5)}


def root_graph(A_edge):
    every = list(itertools.combinations(range(8), 2))
    stack = [[(0, 1)]]
    while stack:
        pairs = stack.pop()
        if len(pairs) == len(A_edge):
            return pairs
        used = max(max(pair) for pair in pairs)
        for new in every:
            if new[1] <= used + 2 and all(bool({*new} & {*p}) == A_edge[len(pairs)][k] for k, p in enumerate(pairs)):
                stack.append(pairs + [new])
    raise ValueError("no root")


two_roots = [[(0, 1), (0, 2), (0, 3)], [(0, 1), (1, 2), (2, 0)]]


# %% q13_root_graph reject: refuses only graphs with a claw
ends = {"a": (2, 3), "b": (1, 2), "c": (1, 3), "d": (1, 4), "e": (4, 5)}


def root_graph(A_edge):
    for n in range(len(A_edge)):
        for i, j, k in itertools.combinations(np.flatnonzero(A_edge[n]), 3):
            if not (A_edge[i, j] or A_edge[i, k] or A_edge[j, k]):
                raise ValueError("a claw")
    every = list(itertools.combinations(range(8), 2))
    stack = [[(0, 1)]]
    best = []
    while stack:
        pairs = stack.pop()
        best = max(best, pairs, key=len)
        if len(pairs) == len(A_edge):
            return pairs
        for new in every:
            if all(len({*new} & {*p}) == A_edge[len(pairs)][k] for k, p in enumerate(pairs)):
                stack.append(pairs + [new])
        if len(best) > 4 and len(stack) > 2000:
            break
    return best


two_roots = [[(0, 1), (0, 2), (0, 3)], [(0, 1), (1, 2), (2, 0)]]


# %% q13_root_graph equivalent: nodes may have any numbers
# wrong-constant-8efb88
# wrong-constant-67d9cd
# wrong-constant-91c4ee
# dropped-minus-570f6b


# %% q14_node_edge_layer accept: matrices A + I and B
class NodeEdgeLayer(nn.Module):
    def __init__(self, d_node, d_edge, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, d_node))
        self.phi = nn.Parameter(torch.randn(d_out, d_edge))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, G, edges):
        N, M = len(H), len(G)
        B = torch.zeros(N, M, dtype=H.dtype)
        for e in range(M):
            B[edges[:, e], e] = 1
        near = B @ B.T
        near.fill_diagonal_(1)
        return nn.functional.relu((near @ H) @ self.omega.T + (B @ G) @ self.phi.T + self.beta)


# %% q14_node_edge_layer accept: a message from every edge, after the linear maps
class NodeEdgeLayer(nn.Module):
    def __init__(self, d_node, d_edge, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, d_node))
        self.phi = nn.Parameter(torch.randn(d_out, d_edge))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, G, edges):
        both = torch.cat([edges, edges.flip(0)], dim=1)
        own = nn.functional.linear(H, self.omega, self.beta)
        messages = (H @ self.omega.T)[both[0]] + (G @ self.phi.T).repeat(2, 1)
        z = own.scatter_add(0, both[1][:, None].expand(-1, own.shape[1]), messages)
        return z.clamp_min(0)


# %% q14_node_edge_layer reject: phi of size nodes times edges, as the source declares it
class NodeEdgeLayer(nn.Module):
    def __init__(self, d_node, d_edge, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, d_node))
        self.phi = nn.Parameter(torch.randn(6, 9))  # the size of GRAPH_A
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, G, edges):
        first, second = edges
        nodes = H.index_add(0, first, H[second]).index_add(0, second, H[first])
        return torch.relu(self.beta + nodes @ self.omega.T + self.phi @ G)


# %% q14_node_edge_layer reject: each edge counts at its first end only
class NodeEdgeLayer(nn.Module):
    def __init__(self, d_node, d_edge, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, d_node))
        self.phi = nn.Parameter(torch.randn(d_out, d_edge))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, G, edges):
        first, second = edges
        nodes = H.index_add(0, first, H[second]).index_add(0, second, H[first])
        bonds = G.new_zeros(len(H), G.shape[1]).index_add(0, first, G)
        return torch.relu(self.beta + nodes @ self.omega.T + bonds @ self.phi.T)


# %% q14_node_edge_layer reject: neighbours along the listed direction only
class NodeEdgeLayer(nn.Module):
    def __init__(self, d_node, d_edge, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, d_node))
        self.phi = nn.Parameter(torch.randn(d_out, d_edge))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, G, edges):
        first, second = edges
        nodes = H.index_add(0, second, H[first])
        bonds = G.new_zeros(len(H), G.shape[1]).index_add(0, first, G).index_add(0, second, G)
        return torch.relu(self.beta + nodes @ self.omega.T + bonds @ self.phi.T)


# %% q14_node_edge_layer reject: the node itself left out
class NodeEdgeLayer(nn.Module):
    def __init__(self, d_node, d_edge, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, d_node))
        self.phi = nn.Parameter(torch.randn(d_out, d_edge))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, G, edges):
        first, second = edges
        nodes = torch.zeros_like(H).index_add(0, first, H[second]).index_add(0, second, H[first])
        bonds = G.new_zeros(len(H), G.shape[1]).index_add(0, first, G).index_add(0, second, G)
        return torch.relu(self.beta + nodes @ self.omega.T + bonds @ self.phi.T)


# %% q14_node_edge_layer reject: indexed assignment, so only the last edge of a node counts
class NodeEdgeLayer(nn.Module):
    def __init__(self, d_node, d_edge, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, d_node))
        self.phi = nn.Parameter(torch.randn(d_out, d_edge))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, G, edges):
        first, second = edges
        nodes, bonds = H.clone(), G.new_zeros(len(H), G.shape[1])
        nodes[first] += H[second]
        nodes[second] += H[first]
        bonds[first] += G
        bonds[second] += G
        return torch.relu(self.beta + nodes @ self.omega.T + bonds @ self.phi.T)


# %% q14_node_edge_layer reject: the mean of the edges in place of the sum
class NodeEdgeLayer(nn.Module):
    def __init__(self, d_node, d_edge, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, d_node))
        self.phi = nn.Parameter(torch.randn(d_out, d_edge))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, G, edges):
        first, second = edges
        nodes = H.index_add(0, first, H[second]).index_add(0, second, H[first])
        bonds = G.new_zeros(len(H), G.shape[1]).index_add(0, first, G).index_add(0, second, G)
        counts = torch.bincount(edges.flatten(), minlength=len(H)).clamp(min=1)[:, None]
        return torch.relu(self.beta + nodes @ self.omega.T + bonds / counts @ self.phi.T)


# %% q14_node_edge_layer reject: edge data multiplied into the neighbours, as if they had the same width
class NodeEdgeLayer(nn.Module):
    def __init__(self, d_node, d_edge, d_out):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d_out, d_node))
        self.phi = nn.Parameter(torch.randn(d_out, d_edge))
        self.beta = nn.Parameter(torch.zeros(d_out))

    def forward(self, H, G, edges):
        first, second = edges
        d = min(H.shape[1], G.shape[1])
        padded = torch.ones(len(G), H.shape[1], dtype=H.dtype)
        padded[:, :d] = G[:, :d]
        nodes = H.index_add(0, first, H[second] * padded).index_add(0, second, H[first] * padded)
        bonds = G.new_zeros(len(H), G.shape[1])
        return torch.relu(self.beta + nodes @ self.omega.T + bonds @ self.phi.T)
