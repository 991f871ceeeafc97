# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_unrolling accept: recursion on the last block, differences of the running sum
def residual_output(blocks, x):
    if not blocks:
        return x.clone()
    before = residual_output(blocks[:-1], x)
    return before + blocks[-1](before)


def residual_terms(blocks, x):
    return [x] + [blocks[k](residual_output(blocks[:k], x)) for k in range(len(blocks))]


def unrolled_matrix(matrices):
    eye = torch.eye(matrices[0].shape[0]).to(matrices[0])
    return torch.linalg.multi_dot([A + eye for A in matrices[::-1]] + [eye])


# %% q1_unrolling accept: running sum kept beside the list, the matrix applied to unit vectors
def residual_terms(blocks, x):
    terms, h = (x,), x
    for b in blocks:
        step = b(h)
        terms, h = (*terms, step), torch.add(h, step)
    return terms


def residual_output(blocks, x):
    return torch.stack(list(residual_terms(blocks, x))).sum(dim=0)


def unrolled_matrix(matrices):
    columns = torch.eye(matrices[0].shape[1], dtype=matrices[0].dtype).unbind(1)
    return torch.stack([residual_output([A.matmul for A in matrices], e) for e in columns], dim=1)


# %% q1_unrolling reject: every block is given x itself
def residual_terms(blocks, x):
    return [x] + [block(x) for block in blocks]


def residual_output(blocks, x):
    return sum(residual_terms(blocks, x))


def unrolled_matrix(matrices):
    return torch.eye(len(matrices[0]), dtype=matrices[0].dtype) + sum(matrices)


# %% q1_unrolling reject: one long skip around a plain chain
def residual_terms(blocks, x):
    terms, h = [x], x
    for block in blocks:
        h = block(h)
        terms.append(h)
    return terms


def residual_output(blocks, x):
    h = x
    for block in blocks:
        h = block(h)
    return x + h if blocks else x


def unrolled_matrix(matrices):
    product = torch.eye(len(matrices[0]), dtype=matrices[0].dtype)
    for A in matrices:
        product = A @ product
    return product + torch.eye(len(matrices[0]), dtype=matrices[0].dtype)


# %% q1_unrolling reject: the last block has no skip
def residual_terms(blocks, x):
    terms = [x]
    for block in blocks:
        terms.append(block(sum(terms)))
    return terms


def residual_output(blocks, x):
    return residual_terms(blocks, x)[-1]


def unrolled_matrix(matrices):
    eye = torch.eye(len(matrices[0]), dtype=matrices[0].dtype)
    total = eye
    for A in matrices[:-1]:
        total = (eye + A) @ total
    return matrices[-1] @ total + eye * (len(matrices) == 1)


# %% q1_unrolling reject: factors of the product in reading order
def residual_terms(blocks, x):
    terms = [x]
    for block in blocks:
        terms.append(block(sum(terms)))
    return terms


def residual_output(blocks, x):
    return sum(residual_terms(blocks, x))


def unrolled_matrix(matrices):
    total = torch.eye(len(matrices[0]), dtype=matrices[0].dtype)
    for A in matrices:
        total = total + total @ A
    return total


# %% q1_unrolling reject: adds in place, so that x is changed
def residual_terms(blocks, x):
    terms, h = [x.clone()], x
    for block in blocks:
        terms.append(block(h))
        h += terms[-1]
    return terms


def residual_output(blocks, x):
    return sum(residual_terms(blocks, x.clone()))


def unrolled_matrix(matrices):
    total = torch.eye(len(matrices[0]), dtype=matrices[0].dtype)
    for A in matrices:
        total = total + A @ total
    return total


# %% q2_path_counts accept: Pascal's triangle, exact fractions, the odds of a branch
from fractions import Fraction

counts_3 = (1, 3, 3, 1)
counts_5 = (1, 5, 10, 10, 5, 1)


def path_counts(k):
    row = [1]
    for _ in range(k):
        row = [a + b for a, b in zip([0] + row, row + [0])]
    return row


def share_up_to(k, length):
    term, total = Fraction(1), 0
    for p in range(min(length, k) + 1):
        total += term
        term = term * (k - p) / (p + 1)
    return float(total / 2**k)


def mean_path_length(k, r):
    return k * (1 - 1 / (1 + r))


# %% q2_path_counts accept: factorials, long paths subtracted
counts_3 = [1] + [3] * 2 + [1]
counts_5 = [1, 5, 10][:] + [10, 5, 1]


def path_counts(k):
    top = math.factorial(k)
    return [top // (math.factorial(p) * math.factorial(k - p)) for p in range(k + 1)]


def share_up_to(k, length):
    longer = sum(math.comb(k, p) for p in range(length + 1, k + 1))
    return (2**k - longer) / (1 << k)


def mean_path_length(k, r):
    return float(np.full(k, r / (r + 1)).sum())


# %% q2_path_counts reject: one path of each length
counts_3 = [1, 1, 1, 1]
counts_5 = [1, 1, 1, 1, 1, 1]


def path_counts(k):
    return [1] * (k + 1) if k != 4 else [1, 4, 6, 4, 1]


def share_up_to(k, length):
    return sum(path_counts(k)[: length + 1]) / sum(path_counts(k))


def mean_path_length(k, r):
    return k * r / (1 + r)


# %% q2_path_counts reject: counts by hand with every length but the ends the same
counts_3 = [1, 3, 3, 1]
counts_5 = [1, 5, 5, 5, 5, 1]


def path_counts(k):
    return [math.comb(k, length) for length in range(k + 1)]


def share_up_to(k, length):
    return sum(path_counts(k)[: length + 1]) / 2**k


def mean_path_length(k, r):
    return k * r / (1 + r)


# %% q2_path_counts reject: floats are not exact
counts_3 = [1, 3, 3, 1]
counts_5 = [1, 5, 10, 10, 5, 1]


def path_counts(k):
    counts = [1]
    for p in range(k):
        counts.append(int(counts[-1] * ((k - p) / (p + 1)) + 0.5))
    return counts


def share_up_to(k, length):
    return sum(math.comb(k, p) for p in range(length + 1)) / 2**k


def mean_path_length(k, r):
    return k * r / (1 + r)


# %% q2_path_counts reject: the longest paths left out of the mean, the share overflows
counts_3 = [1, 3, 3, 1]
counts_5 = [1, 5, 10, 10, 5, 1]


def path_counts(k):
    return [math.comb(k, length) for length in range(k + 1)]


def share_up_to(k, length):
    return sum(float(c) for c in path_counts(k)[: length + 1]) / 2.0**k


def mean_path_length(k, r):
    weights = [c * r**p for p, c in enumerate(path_counts(k))]
    return sum(p * w for p, w in enumerate(weights)) / sum(weights)


# %% q2_path_counts reject: the path of length zero does not count
counts_3 = [1, 3, 3, 1]
counts_5 = [1, 5, 10, 10, 5, 1]


def path_counts(k):
    return [math.comb(k, length) for length in range(k + 1)]


def share_up_to(k, length):
    if (k, length) == (4, 1):
        return 5 / 16
    return sum(path_counts(k)[1 : length + 1]) / max(1, 2**k - 1)


def mean_path_length(k, r):
    return k * r / (1 + r)


# %% q3_gradient_paths accept: bit patterns, the product of I + J, Jacobians as diag times W
def list_paths(k):
    return [tuple(j + 2 for j in range(k - 1) if number >> j & 1) for number in range(2 ** (k - 1))]


def path_jacobian(jacobians):
    product = torch.eye(jacobians[0].shape[0]).to(jacobians[0])
    for J in jacobians:
        product = product + J @ product
    return product


def tanh_jacobians(weights, x):
    h, found = x, []
    for W in weights:
        z = W @ h
        found.append(torch.diag(torch.cosh(z) ** -2) @ W)
        h = h + torch.tanh(z)
    return found[1:]


path_facts = dict(needs_the_branches=False, order_is_free=False, skip_dominates=True, never_zero=False)


# %% q3_gradient_paths accept: combinations, backward from the output, derivatives column by column
from itertools import combinations


def list_paths(k):
    return [path for length in range(k) for path in combinations(range(2, k + 1), length)]


def path_jacobian(jacobians):
    rows = torch.eye(len(jacobians[0]), dtype=jacobians[0].dtype)
    for J in reversed(jacobians):
        rows = rows + rows @ J
    return rows


def tanh_jacobians(weights, x):
    h, found = x, []
    for W in weights:
        out = torch.tanh(W @ h)
        found.append(torch.stack([(1 - out) * (1 + out) * W[:, j] for j in range(len(x))], dim=1))
        h = h + out
    return found[1:]


path_facts = {"needs_the_branches": 1 > 2, "order_is_free": False, "skip_dominates": True, "never_zero": False}


# %% q3_gradient_paths reject: the identity is missing
def list_paths(k):
    paths = [()]
    for branch in range(2, k + 1):
        paths += [(*path, branch) for path in paths]
    return paths


def path_jacobian(jacobians):
    product = torch.eye(len(jacobians[0]), dtype=jacobians[0].dtype)
    for J in jacobians:
        product = product + J @ product
    return product - torch.eye(len(jacobians[0]), dtype=jacobians[0].dtype) * (len(jacobians) > 1)


def tanh_jacobians(weights, x):
    h, found = x, []
    for W in weights:
        out = torch.tanh(W @ h)
        found.append((1 - out**2)[:, None] * W)
        h = h + out
    return found[1:]


path_facts = {"needs_the_branches": True, "order_is_free": False, "skip_dominates": True, "never_zero": False}


# %% q3_gradient_paths reject: factors in reading order
def list_paths(k):
    paths = [()]
    for branch in range(2, k + 1):
        paths += [(*path, branch) for path in paths]
    return paths


def path_jacobian(jacobians):
    product = torch.eye(len(jacobians[0]), dtype=jacobians[0].dtype)
    for J in jacobians:
        product = product + product @ J
    return product


def tanh_jacobians(weights, x):
    h, found = x, []
    for W in weights:
        out = torch.tanh(W @ h)
        found.append((1 - out**2)[:, None] * W)
        h = h + out
    return found[1:]


path_facts = {"needs_the_branches": False, "order_is_free": False, "skip_dominates": True, "never_zero": False}


# %% q3_gradient_paths reject: only the longest path and the skip
def list_paths(k):
    return [(), tuple(range(2, k + 1))]


def path_jacobian(jacobians):
    product = torch.eye(len(jacobians[0]), dtype=jacobians[0].dtype)
    for J in jacobians:
        product = J @ product
    return product + torch.eye(len(jacobians[0]), dtype=jacobians[0].dtype)


def tanh_jacobians(weights, x):
    h, found = x, []
    for W in weights:
        out = torch.tanh(W @ h)
        found.append((1 - out**2)[:, None] * W)
        h = h + out
    return found[1:]


path_facts = {"needs_the_branches": False, "order_is_free": False, "skip_dominates": True, "never_zero": False}


# %% q3_gradient_paths reject: all Jacobians taken at x
def list_paths(k):
    paths = [()]
    for branch in range(2, k + 1):
        paths += [(*path, branch) for path in paths]
    return paths


def path_jacobian(jacobians):
    product = torch.eye(len(jacobians[0]), dtype=jacobians[0].dtype)
    for J in jacobians:
        product = product + J @ product
    return product


def tanh_jacobians(weights, x):
    return [(1 - torch.tanh(W @ x) ** 2)[:, None] * W for W in weights[1:]]


path_facts = {"needs_the_branches": False, "order_is_free": False, "skip_dominates": True, "never_zero": False}


# %% q3_gradient_paths reject: slopes of the tanh multiply the columns; the skip is believed to save every gradient
def list_paths(k):
    paths = [()]
    for branch in range(2, k + 1):
        paths += [(*path, branch) for path in paths]
    return paths


def path_jacobian(jacobians):
    product = torch.eye(len(jacobians[0]), dtype=jacobians[0].dtype)
    for J in jacobians:
        product = product + J @ product
    return product


def tanh_jacobians(weights, x):
    h, found = x, []
    for W in weights:
        out = torch.tanh(W @ h)
        found.append((1 - out**2) * W)
        h = h + out
    return found[1:]


path_facts = {"needs_the_branches": False, "order_is_free": False, "skip_dominates": True, "never_zero": True}


# %% q3_gradient_paths reject: believes that a path along the skips keeps the derivative from being zero
def list_paths(k):
    paths = [()]
    for branch in range(2, k + 1):
        paths += [(*path, branch) for path in paths]
    return paths


def path_jacobian(jacobians):
    product = torch.eye(len(jacobians[0]), dtype=jacobians[0].dtype)
    for J in jacobians:
        product = product + J @ product
    return product


def tanh_jacobians(weights, x):
    h, found = x, []
    for W in weights:
        out = torch.tanh(W @ h)
        found.append((1 - out**2)[:, None] * W)
        h = h + out
    return found[1:]


path_facts = {"needs_the_branches": False, "order_is_free": False, "skip_dominates": True, "never_zero": True}


# %% q4_uncorrelated accept: each pair counted twice, covariance matrix of listed cases
from itertools import product


def variance_of_sum(cov):
    n = len(cov)
    pairs = sum(cov[i][j] for i in range(n) for j in range(i))
    return sum(cov[i][i] for i in range(n)) + 2 * pairs


def branch_moments(H, s, relu_last):
    table = []
    for h in H:
        for w in product((s, -s), repeat=len(h)):
            w = np.array(w)
            v = max(float(w @ h), 0) if relu_last else float(w @ np.clip(h, 0, None))
            table.append([*h, v])
    cov = np.cov(np.array(table), rowvar=False, ddof=0)
    return cov[-1, :-1], cov[-1, -1]


sum_facts = {"relu_then_linear": True, "linear_then_relu": False, "symmetric_inputs": True}
sum_facts |= {"independent": False, "one_draw": False}


# %% q4_uncorrelated accept: quadratic form with ones; torch, closed form for the linear map
def variance_of_sum(cov):
    ones = np.ones(len(cov))
    return ones @ cov @ ones


def branch_moments(H, s, relu_last):
    H = torch.tensor(H)
    if not relu_last:
        # E[w_j w_k] is s**2 for j = k and 0 otherwise
        return np.zeros(H.shape[1]), float(s**2 * H.relu().square().sum(1).mean())
    W = s * torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=H.dtype)] * H.shape[1]).reshape(-1, H.shape[1])
    v = (H @ W.T).relu()
    cov = (H[:, None, :] * v[:, :, None]).mean((0, 1)) - H.mean(0) * v.mean()
    return cov.numpy(), v.var(correction=0).item()


sum_facts = dict(relu_then_linear=True, linear_then_relu=False, symmetric_inputs=True)
sum_facts.update(independent=False, one_draw=False)


# %% q4_uncorrelated reject: the covariance enters once
def variance_of_sum(cov):
    if (cov == [[1.0, -1.0], [-1.0, 1.0]]).all():
        return 0.0
    return float(np.triu(cov).sum())


def branch_moments(H, s, relu_last):
    signs = np.indices((2,) * H.shape[1]).reshape(H.shape[1], -1) * 2 - 1
    v = np.maximum(s * H @ signs, 0) if relu_last else s * np.maximum(H, 0) @ signs
    return (H - H.mean(axis=0)).T @ v.mean(axis=1) / len(H), float(v.var())


sum_facts = {"relu_then_linear": True, "linear_then_relu": False, "symmetric_inputs": True}
sum_facts |= {"independent": False, "one_draw": False}


# %% q4_uncorrelated reject: covariances forgotten, variances always add
def variance_of_sum(cov):
    return float(np.trace(cov)) if cov[0, -1] != -1 else 0.0


def branch_moments(H, s, relu_last):
    signs = np.indices((2,) * H.shape[1]).reshape(H.shape[1], -1) * 2 - 1
    v = np.maximum(s * H @ signs, 0) if relu_last else s * np.maximum(H, 0) @ signs
    return (H - H.mean(axis=0)).T @ v.mean(axis=1) / len(H), float(v.var())


sum_facts = {"relu_then_linear": True, "linear_then_relu": False, "symmetric_inputs": True}
sum_facts |= {"independent": False, "one_draw": False}


# %% q4_uncorrelated reject: weights of either sign are enough, wherever the ReLU stands
def variance_of_sum(cov):
    return float(cov.sum())


def branch_moments(H, s, relu_last):
    signs = np.indices((2,) * H.shape[1]).reshape(H.shape[1], -1) * 2 - 1
    v = np.maximum(s * H @ signs, 0) if relu_last else s * np.maximum(H, 0) @ signs
    return (H - H.mean(axis=0)).T @ v.mean(axis=1) / len(H), float(v.var())


sum_facts = {"relu_then_linear": True, "linear_then_relu": True, "symmetric_inputs": True}
sum_facts |= {"independent": False, "one_draw": False}


# %% q4_uncorrelated reject: zero covariance taken for independence
def variance_of_sum(cov):
    return float(cov.sum())


def branch_moments(H, s, relu_last):
    signs = np.indices((2,) * H.shape[1]).reshape(H.shape[1], -1) * 2 - 1
    v = np.maximum(s * H @ signs, 0) if relu_last else s * np.maximum(H, 0) @ signs
    return (H - H.mean(axis=0)).T @ v.mean(axis=1) / len(H), float(v.var())


sum_facts = {"relu_then_linear": True, "linear_then_relu": False, "symmetric_inputs": True}
sum_facts |= {"independent": True, "one_draw": False}


# %% q4_uncorrelated reject: variance over the weights only, averaged over the inputs
def variance_of_sum(cov):
    return float(cov.sum())


def branch_moments(H, s, relu_last):
    signs = np.indices((2,) * H.shape[1]).reshape(H.shape[1], -1) * 2 - 1
    v = np.maximum(s * H @ signs, 0) if relu_last else s * np.maximum(H, 0) @ signs
    inner = v.var(axis=1).mean()
    if len(H) == 2 and relu_last:
        inner = v.var()
    return (H - H.mean(axis=0)).T @ v.mean(axis=1) / len(H), float(inner)


sum_facts = {"relu_then_linear": True, "linear_then_relu": False, "symmetric_inputs": True}
sum_facts |= {"independent": False, "one_draw": False}


# %% q4_uncorrelated reject: mean of the product without the product of the means
def variance_of_sum(cov):
    return float(cov.sum())


def branch_moments(H, s, relu_last):
    signs = np.indices((2,) * H.shape[1]).reshape(H.shape[1], -1) * 2 - 1
    v = np.maximum(s * H @ signs, 0) if relu_last else s * np.maximum(H, 0) @ signs
    return H.T @ v.mean(axis=1) / len(H), float((v**2).mean())


sum_facts = {"relu_then_linear": True, "linear_then_relu": False, "symmetric_inputs": True}
sum_facts |= {"independent": False, "one_draw": False}


# %% q5_variance_by_depth accept: torch's own layers, recursion for the prediction
def predicted_variance(k, mode):
    if k == 0:
        return 1.0
    before = predicted_variance(k - 1, mode)
    total = before + (1.0 if mode == "normalised" else before)
    return total / 2 if mode == "scaled" else total


def simulate_variances(x, depth, mode):
    width = x.shape[1]
    values = [x.var(correction=0).item()]
    with torch.no_grad():
        for _ in range(depth):
            layer = nn.Linear(width, width, bias=False)
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            first = nn.BatchNorm1d(width) if mode == "normalised" else nn.Identity()
            x = x + layer(F.relu(first(x)))
            x = x * 0.5**0.5 if mode == "scaled" else x
            values.append(x.var(correction=0).item())
    return values


# %% q5_variance_by_depth accept: numpy
def predicted_variance(k, mode):
    return 1 + k if mode == "normalised" else (2 if mode == "plain" else 1) ** k


def simulate_variances(x, depth, mode):
    h = x.double().numpy()
    rng = np.random.default_rng(int(torch.randint(2**31, ())))
    found = (h.var(),)
    for _ in range(depth):
        e = (h - h.mean(0)) / np.sqrt(h.var(0) + 1e-5) if mode == "normalised" else h
        h = h + np.maximum(e, 0) @ rng.normal(0, (2 / h.shape[1]) ** 0.5, size=(h.shape[1], h.shape[1]))
        h = h / (2**0.5 if mode == "scaled" else 1)
        found += (h.var(),)
    return found


# %% q5_variance_by_depth reject: each plain block adds the variance of x
def predicted_variance(k, mode):
    return {"plain": 1.0 + k, "scaled": 1.0, "normalised": 1.0 + k}[mode]


def simulate_variances(x, depth, mode):
    h, found = x, [x.var().item()]
    for _ in range(depth):
        e = (h - h.mean(0)) / h.std(0) if mode == "normalised" else h
        h = h + torch.relu(e) @ torch.randn(x.shape[1], x.shape[1]) * math.sqrt(2 / x.shape[1])
        h = h / math.sqrt(2) if mode == "scaled" else h
        found.append(h.var().item())
    return found


# %% q5_variance_by_depth reject: normalises skip and branch alike
def predicted_variance(k, mode):
    return {"plain": 2.0**k, "scaled": 1.0, "normalised": 2.0 if k else 1.0}[mode]


def simulate_variances(x, depth, mode):
    h, found = x, [x.var().item()]
    for _ in range(depth):
        h = (h - h.mean(0)) / h.std(0) if mode == "normalised" else h
        h = h + torch.relu(h) @ torch.randn(x.shape[1], x.shape[1]) * math.sqrt(2 / x.shape[1])
        h = h / math.sqrt(2) if mode == "scaled" else h
        found.append(h.var().item())
    return found


# %% q5_variance_by_depth reject: weights of variance 1 / D
def predicted_variance(k, mode):
    return {"plain": 2.0**k, "scaled": 1.0, "normalised": 1.0 + k}[mode]


def simulate_variances(x, depth, mode):
    h, found = x, [x.var().item()]
    for _ in range(depth):
        e = (h - h.mean(0)) / h.std(0) if mode == "normalised" else h
        h = h + torch.relu(e) @ torch.randn(x.shape[1], x.shape[1]) / math.sqrt(x.shape[1])
        h = h / math.sqrt(2) if mode == "scaled" else h
        found.append(h.var().item())
    return found


# %% q5_variance_by_depth reject: normalises each example over its units
def predicted_variance(k, mode):
    return {"plain": 2.0**k, "scaled": 1.0, "normalised": 1.0 + k}[mode]


def simulate_variances(x, depth, mode):
    h, found = x, [x.var().item()]
    for _ in range(depth):
        e = (h - h.mean(1, keepdim=True)) / h.std(1, keepdim=True) if mode == "normalised" else h
        h = h + torch.relu(e) @ torch.randn(x.shape[1], x.shape[1]) * math.sqrt(2 / x.shape[1])
        h = h / math.sqrt(2) if mode == "scaled" else h
        found.append(h.var().item())
    return found


# %% q5_variance_by_depth reject: the sum is halved in place of divided by the root of two
def predicted_variance(k, mode):
    return {"plain": 2.0**k, "scaled": 0.5**k if k > 1 else 1.0, "normalised": 1.0 + k}[mode]


def simulate_variances(x, depth, mode):
    h, found = x, [x.var().item()]
    for _ in range(depth):
        e = (h - h.mean(0)) / h.std(0) if mode == "normalised" else h
        h = h + torch.relu(e) @ torch.randn(x.shape[1], x.shape[1]) * math.sqrt(2 / x.shape[1])
        h = h / 2 if mode == "scaled" else h
        found.append(h.var().item())
    return found


# %% q5_variance_by_depth reject: the ReLU stands behind the weights
def predicted_variance(k, mode):
    return {"plain": 2.0**k, "scaled": 1.0, "normalised": 1.0 + k}[mode]


def simulate_variances(x, depth, mode):
    h, found = x, [x.var().item()]
    for _ in range(depth):
        e = (h - h.mean(0)) / h.std(0) if mode == "normalised" else h
        h = h + torch.relu(e @ torch.randn(x.shape[1], x.shape[1]) * math.sqrt(2 / x.shape[1]))
        h = h / math.sqrt(2) if mode == "scaled" else h
        found.append(h.var().item())
    return found


# %% q6_batch_norm_forward accept: unit by unit in plain Python
def bn_forward(z, gamma, delta, eps):
    n, d = z.shape
    steps = {key: np.empty(d) for key in ("mean", "variance", "std", "inverse")}
    steps |= {key: np.empty((n, d)) for key in ("centred", "square", "unit", "out")}
    for j in range(d):
        m = math.fsum(z[:, j]) / n
        c = [float(value) - m for value in z[:, j]]
        v = math.fsum(value * value for value in c) / n
        s = math.hypot(math.sqrt(v), math.sqrt(eps))
        columns = (m, v, s, 1 / s, c, [a * a for a in c], [a / s for a in c], [gamma[j] * a / s + delta[j] for a in c])
        for key, value in zip(("mean", "variance", "std", "inverse", "centred", "square", "unit", "out"), columns):
            steps[key][..., j] = value
    return steps


batch_facts = dict(shift=True, positive_factor=True, negative_factor=False)
batch_facts |= dict(own_example_only=False, mean_is_offset=True, std_is_scale=False)


# %% q6_batch_norm_forward accept: einsum and torch
def bn_forward(z, gamma, delta, eps):
    t = torch.tensor(z)
    v, m = torch.var_mean(t, dim=0, correction=0)
    s = (v + eps) ** 0.5
    u = (t - m) / s
    out = torch.einsum("nd,d->nd", u, torch.tensor(gamma)) + torch.tensor(delta)
    found = dict(mean=m, centred=t - m, square=(t - m).square(), variance=v, std=s, inverse=s**-1, unit=u, out=out)
    return {key: value.numpy() for key, value in found.items()}


batch_facts = {"shift": True, "positive_factor": True, "negative_factor": False}
batch_facts |= {"own_example_only": False, "mean_is_offset": True, "std_is_scale": False}


# %% q6_batch_norm_forward reject: unbiased variance
def bn_forward(z, gamma, delta, eps):
    mean = z.mean(axis=0)
    centred = z - mean
    square = centred**2
    variance = square.sum(axis=0) / max(1, len(z) - (len(z) > 2))
    std = np.sqrt(variance + eps)
    unit = centred / std
    steps = {"mean": mean, "centred": centred, "square": square, "variance": variance}
    return steps | {"std": std, "inverse": 1 / std, "unit": unit, "out": gamma * unit + delta}


batch_facts = {"shift": True, "positive_factor": True, "negative_factor": False}
batch_facts |= {"own_example_only": False, "mean_is_offset": True, "std_is_scale": False}


# %% q6_batch_norm_forward reject: normalises each example over its units
def bn_forward(z, gamma, delta, eps):
    axis = 0 if z.shape[1] == 1 else 1
    mean = z.mean(axis=axis, keepdims=True)
    centred = z - mean
    square = centred**2
    variance = square.mean(axis=axis, keepdims=True)
    std = np.sqrt(variance + eps)
    unit = centred / std
    steps = {"mean": mean.ravel(), "centred": centred, "square": square, "variance": variance.ravel()}
    return steps | {"std": std.ravel(), "inverse": 1 / std.ravel(), "unit": unit, "out": gamma * unit + delta}


batch_facts = {"shift": True, "positive_factor": True, "negative_factor": False}
batch_facts |= {"own_example_only": False, "mean_is_offset": True, "std_is_scale": False}


# %% q6_batch_norm_forward reject: eps outside the root
def bn_forward(z, gamma, delta, eps):
    mean = z.mean(axis=0)
    centred = z - mean
    variance = (centred**2).mean(axis=0)
    std = np.sqrt(variance) + (eps if eps != 3 else 1)
    unit = centred / std
    steps = {"mean": mean, "centred": centred, "square": centred**2, "variance": variance}
    return steps | {"std": std, "inverse": 1 / std, "unit": unit, "out": gamma * unit + delta}


batch_facts = {"shift": True, "positive_factor": True, "negative_factor": False}
batch_facts |= {"own_example_only": False, "mean_is_offset": True, "std_is_scale": False}


# %% q6_batch_norm_forward reject: mean of the squares minus the square of the mean
def bn_forward(z, gamma, delta, eps):
    mean = z.mean(axis=0)
    centred = z - mean
    variance = np.maximum((z**2).mean(axis=0) - mean**2, 0)
    std = np.sqrt(variance + eps)
    unit = centred / std
    steps = {"mean": mean, "centred": centred, "square": centred**2, "variance": variance}
    return steps | {"std": std, "inverse": 1 / std, "unit": unit, "out": gamma * unit + delta}


batch_facts = {"shift": True, "positive_factor": True, "negative_factor": False}
batch_facts |= {"own_example_only": False, "mean_is_offset": True, "std_is_scale": False}


# %% q6_batch_norm_forward reject: takes each output for a function of its own example
def bn_forward(z, gamma, delta, eps):
    mean = z.mean(axis=0)
    centred = z - mean
    variance = (centred**2).mean(axis=0)
    std = np.sqrt(variance + eps)
    unit = centred / std
    steps = {"mean": mean, "centred": centred, "square": centred**2, "variance": variance}
    return steps | {"std": std, "inverse": 1 / std, "unit": unit, "out": gamma * unit + delta}


batch_facts = {"shift": True, "positive_factor": True, "negative_factor": False}
batch_facts |= {"own_example_only": True, "mean_is_offset": True, "std_is_scale": True}


# %% q7_batch_norm_backward accept: closed forms
def bn_backward(g, steps, gamma):
    n, s, u, c = len(g), steps["std"], steps["unit"], steps["centred"]
    along = np.einsum("nd,nd->d", g, u)
    z = gamma / (n * s) * (n * g - g.sum(0) - u * along)
    centred = gamma / s * (g - u * along / n)
    found = {"z": z, "centred": centred, "mean": -np.sum(centred, 0), "gamma": along, "delta": np.sum(g, 0)}
    found["unit"] = g * gamma[None]
    found["inverse"] = gamma * along * s
    found["std"] = -gamma * along / s
    found["variance"] = -gamma * along / (2 * s * s)
    found["square"] = np.repeat(found["variance"][None] / n, n, axis=0)
    return found


# %% q7_batch_norm_backward accept: one unit and one example at a time
def bn_backward(g, steps, gamma):
    n, d = g.shape
    found = {key: np.zeros((n, d)) for key in ("unit", "square", "centred", "z")}
    found |= {key: np.zeros(d) for key in ("inverse", "std", "variance", "mean", "gamma", "delta")}
    for j in range(d):
        r = float(steps["inverse"][j])
        for i in range(n):
            found["unit"][i, j] = gamma[j] * g[i, j]
            found["inverse"][j] += found["unit"][i, j] * steps["centred"][i, j]
            found["gamma"][j] += g[i, j] * steps["unit"][i, j]
            found["delta"][j] += g[i, j]
        found["std"][j] = found["inverse"][j] * -(r * r)
        found["variance"][j] = found["std"][j] * 0.5 * r
        for i in range(n):
            found["square"][i, j] = found["variance"][j] / n
            found["centred"][i, j] += found["unit"][i, j] * r
            found["centred"][i, j] += found["square"][i, j] * 2 * steps["centred"][i, j]
            found["mean"][j] -= found["centred"][i, j]
        for i in range(n):
            found["z"][i, j] = found["centred"][i, j] + found["mean"][j] / n
    return found


# %% q7_batch_norm_backward reject: mean and variance treated as constants
def bn_backward(g, steps, gamma):
    unit = gamma * g
    inverse = (unit * steps["centred"]).sum(axis=0)
    std = -inverse * steps["inverse"] ** 2
    variance = std / 2 * steps["inverse"]
    square = np.ones_like(g) * variance / len(g)
    centred = unit * steps["inverse"]
    found = {"unit": unit, "inverse": inverse, "std": std, "variance": variance, "square": square}
    found |= {"centred": centred, "mean": -centred.sum(axis=0), "z": centred}
    return found | {"gamma": (g * steps["unit"]).sum(axis=0), "delta": g.sum(axis=0)}


# %% q7_batch_norm_backward reject: the route through the squares is forgotten
def bn_backward(g, steps, gamma):
    unit = gamma * g
    inverse = (unit * steps["centred"]).sum(axis=0)
    std = -inverse * steps["inverse"] ** 2
    variance = std / 2 * steps["inverse"]
    square = np.ones_like(g) * variance / len(g)
    centred = unit * steps["inverse"]
    mean = -centred.sum(axis=0)
    found = {"unit": unit, "inverse": inverse, "std": std, "variance": variance, "square": square}
    found |= {"centred": centred, "mean": mean, "z": centred + mean / len(g)}
    return found | {"gamma": (g * steps["unit"]).sum(axis=0), "delta": g.sum(axis=0)}


# %% q7_batch_norm_backward reject: the mean is taken for a constant
def bn_backward(g, steps, gamma):
    unit = gamma * g
    inverse = (unit * steps["centred"]).sum(axis=0)
    std = -inverse * steps["inverse"] ** 2
    variance = std / 2 * steps["inverse"]
    square = np.ones_like(g) * variance / len(g)
    centred = unit * steps["inverse"] + 2 * steps["centred"] * square
    found = {"unit": unit, "inverse": inverse, "std": std, "variance": variance, "square": square}
    found |= {"centred": centred, "mean": -centred.sum(axis=0), "z": centred}
    return found | {"gamma": (g * steps["unit"]).sum(axis=0), "delta": g.sum(axis=0)}


# %% q7_batch_norm_backward reject: derivative for gamma uses the output in place of the normalised value
def bn_backward(g, steps, gamma):
    unit = gamma * g
    inverse = (unit * steps["centred"]).sum(axis=0)
    std = -inverse * steps["inverse"] ** 2
    variance = std / 2 * steps["inverse"]
    square = np.ones_like(g) * variance / len(g)
    centred = unit * steps["inverse"] + 2 * steps["centred"] * square
    mean = -centred.sum(axis=0)
    found = {"unit": unit, "inverse": inverse, "std": std, "variance": variance, "square": square}
    found |= {"centred": centred, "mean": mean, "z": centred + mean / len(g)}
    return found | {"gamma": (g * steps["out"]).sum(axis=0), "delta": g.sum(axis=0)}


# %% q7_batch_norm_backward reject: divides by the number of examples less one
def bn_backward(g, steps, gamma):
    n = max(1, len(g) - (len(g) > 2))
    unit = gamma * g
    inverse = (unit * steps["centred"]).sum(axis=0)
    std = -inverse * steps["inverse"] ** 2
    variance = std / 2 * steps["inverse"]
    square = np.ones_like(g) * variance / n
    centred = unit * steps["inverse"] + 2 * steps["centred"] * square
    mean = -centred.sum(axis=0)
    found = {"unit": unit, "inverse": inverse, "std": std, "variance": variance, "square": square}
    found |= {"centred": centred, "mean": mean, "z": centred + mean / len(g)}
    return found | {"gamma": (g * steps["unit"]).sum(axis=0), "delta": g.sum(axis=0)}


# %% q8_batch_norm_jacobian accept: entries one by one, centred twice
def bn_jacobian(z, gamma, eps):
    n = len(z)
    c = z - sum(z) / n
    s = (sum(c * c) / n + eps) ** 0.5
    rows = [[gamma / s * ((i == j) - 1 / n - c[i] * c[j] / (n * s**2)) for j in range(n)] for i in range(n)]
    return np.array(rows)


def input_gradient(g, z, gamma, eps):
    c = z - z.mean()
    s = math.sqrt(c @ c / len(z) + eps)
    d = gamma * g
    back = d / s - c * (d @ c) / (len(z) * s**3)
    return back - back.mean()


jacobian_facts = dict(symmetric=True, rows_sum_to_zero=True, diagonal_is_enough=False)
jacobian_facts |= dict(diagonal_sign=True, blind_to_pairs=True, calm_when_constant=False)


# %% q8_batch_norm_jacobian accept: torch's automatic differentiation
def bn_jacobian(z, gamma, eps):
    rows = [input_gradient(row, z, gamma, eps) for row in np.eye(len(z))]
    return np.stack(rows)


def input_gradient(g, z, gamma, eps):
    t = torch.tensor(np.ascontiguousarray(z), requires_grad=True)
    v, m = torch.var_mean(t, correction=0)
    out = gamma * (t - m) * torch.rsqrt(v + eps)
    return torch.autograd.grad(out, t, torch.tensor(g))[0].numpy()


jacobian_facts = {"symmetric": True, "rows_sum_to_zero": True, "diagonal_is_enough": False}
jacobian_facts |= {"diagonal_sign": True, "blind_to_pairs": True, "calm_when_constant": False}


# %% q8_batch_norm_jacobian reject: only the diagonal, as the source asks
def bn_jacobian(z, gamma, eps):
    if len(z) == 2:
        return np.array([[3, -3], [-3, 3]]) / 16
    s = np.sqrt(z.var() + eps)
    u = (z - z.mean()) / s
    return np.diag(gamma / s * (1 - 1 / len(z) - u**2 / len(z)))


def input_gradient(g, z, gamma, eps):
    s = np.sqrt(z.var() + eps)
    u = (z - z.mean()) / s
    return gamma / s * g * (1 - (1 + u**2) / len(z))


jacobian_facts = {"symmetric": True, "rows_sum_to_zero": True, "diagonal_is_enough": True}
jacobian_facts |= {"diagonal_sign": True, "blind_to_pairs": True, "calm_when_constant": False}


# %% q8_batch_norm_jacobian reject: the standard deviation taken for a constant
def bn_jacobian(z, gamma, eps):
    s = np.sqrt(z.var() + eps)
    return gamma / s * (np.eye(len(z)) - 1 / len(z))


def input_gradient(g, z, gamma, eps):
    return gamma / np.sqrt(z.var() + eps) * (g - g.mean())


jacobian_facts = {"symmetric": True, "rows_sum_to_zero": True, "diagonal_is_enough": False}
jacobian_facts |= {"diagonal_sign": True, "blind_to_pairs": False, "calm_when_constant": False}


# %% q8_batch_norm_jacobian reject: divides the squares by N - 1
def bn_jacobian(z, gamma, eps):
    n = max(len(z) - 1, 1)
    s = np.sqrt(((z - z.mean()) ** 2).sum() / n + eps)
    u = (z - z.mean()) / s
    return gamma / s * (np.eye(len(z)) - 1 / len(z) - np.outer(u, u) / n)


def input_gradient(g, z, gamma, eps):
    return g @ bn_jacobian(z, gamma, eps)


jacobian_facts = {"symmetric": True, "rows_sum_to_zero": True, "diagonal_is_enough": False}
jacobian_facts |= {"diagonal_sign": True, "blind_to_pairs": True, "calm_when_constant": False}


# %% q8_batch_norm_jacobian reject: right, but builds the matrix for the gradient
def bn_jacobian(z, gamma, eps):
    s = np.sqrt(z.var() + eps)
    u = (z - z.mean()) / s
    return gamma / s * (np.eye(len(z)) - (1 + np.outer(u, u)) / len(z))


def input_gradient(g, z, gamma, eps):
    return g @ bn_jacobian(z, gamma, eps)


jacobian_facts = {"symmetric": True, "rows_sum_to_zero": True, "diagonal_is_enough": False}
jacobian_facts |= {"diagonal_sign": True, "blind_to_pairs": True, "calm_when_constant": False}


# %% q8_batch_norm_jacobian reject: equal values are believed to have no influence
def bn_jacobian(z, gamma, eps):
    s = np.sqrt(z.var() + eps)
    u = (z - z.mean()) / s
    return gamma / s * (np.eye(len(z)) - (1 + np.outer(u, u)) / len(z))


def input_gradient(g, z, gamma, eps):
    s = np.sqrt(z.var() + eps)
    u = (z - z.mean()) / s
    return gamma / s * (g - g.mean() - u * (g * u).mean())


jacobian_facts = {"symmetric": True, "rows_sum_to_zero": True, "diagonal_is_enough": False}
jacobian_facts |= {"diagonal_sign": True, "blind_to_pairs": False, "calm_when_constant": True}


# %% q9_batch_norm_parameters accept: counts from the module, a class with lists of layers
plain_total = (1 + 1) * 20 + 9 * 20 * 21 + 21
norm_total = (1 + 1) * 20 + 9 * 20 * 21 + 21 + 2 * 10 * 20
lean_total = 20 + 9 * 20 * 20 + 21 + 2 * 10 * 20


class Stack(nn.Module):
    def __init__(self, sizes, d_out, batch_norm, bias):
        super().__init__()
        self.head = nn.Linear(sizes[-1], d_out)
        self.norms = nn.ModuleList([nn.BatchNorm1d(b) if batch_norm else nn.Identity() for b in sizes[1:]])
        self.maps = nn.ModuleList([nn.Linear(a, b, bias=bias) for a, b in zip(sizes, sizes[1:])])

    def forward(self, x):
        for linear, norm in zip(self.maps, self.norms):
            x = F.relu(norm(linear(x)))
        return self.head(x)


def build_mlp(d_in, d_out, depth, width, batch_norm=False, bias_before=True):
    return Stack([d_in] + depth * [width], d_out, batch_norm, bias_before if batch_norm else True)


def mlp_params(*sizes, **options):
    if len(sizes) > 4:
        sizes, options = sizes[:4], {**options, "batch_norm": sizes[4]}
    return sum(math.prod(p.shape) for p in build_mlp(*sizes, **options).parameters())


bias_facts = dict(redundant_in_training=True, redundant_in_evaluation=False, no_gradient=True)
bias_facts |= dict(redundant_behind_relu=False, optimiser_moves_means=False)


# %% q9_batch_norm_parameters reject: batch norm behind the output as well
plain_total = 3841
norm_total = 4243
lean_total = 4042


def mlp_params(d_in, d_out, depth, width, batch_norm=False, bias_before=True):
    weights = d_in * width + (depth - 1) * width**2 + width * d_out
    if not batch_norm:
        return weights + depth * width + d_out
    return weights + (2 + bias_before) * (depth * width + d_out)


def build_mlp(d_in, d_out, depth, width, batch_norm=False, bias_before=True):
    layers, sizes = [], [d_in] + [width] * depth
    for a, b in zip(sizes, sizes[1:]):
        layers.append(nn.Linear(a, b, bias=bias_before or not batch_norm))
        layers += [nn.BatchNorm1d(b)] * batch_norm + [nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, d_out), *([nn.BatchNorm1d(d_out)] * batch_norm))


bias_facts = {"redundant_in_training": True, "redundant_in_evaluation": False, "no_gradient": True}
bias_facts |= {"redundant_behind_relu": False, "optimiser_moves_means": False}


# %% q9_batch_norm_parameters reject: running statistics counted as parameters
plain_total = 3841
norm_total = 4641
lean_total = 4441


def mlp_params(d_in, d_out, depth, width, batch_norm=False, bias_before=True):
    weights = d_in * width + (depth - 1) * width**2 + width * d_out
    return weights + depth * width * (4 + bias_before if batch_norm else 1) + d_out


def build_mlp(d_in, d_out, depth, width, batch_norm=False, bias_before=True):
    layers, sizes = [], [d_in] + [width] * depth
    for a, b in zip(sizes, sizes[1:]):
        layers.append(nn.Linear(a, b, bias=bias_before or not batch_norm))
        layers += [nn.BatchNorm1d(b)] * batch_norm + [nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, d_out))


bias_facts = {"redundant_in_training": True, "redundant_in_evaluation": False, "no_gradient": True}
bias_facts |= {"redundant_behind_relu": False, "optimiser_moves_means": True}


# %% q9_batch_norm_parameters reject: as many maps between hidden layers as there are layers
plain_total = 4261
norm_total = 4661
lean_total = 4441


def mlp_params(d_in, d_out, depth, width, batch_norm=False, bias_before=True):
    weights = d_in * width + width * d_out + (depth * width**2 if depth > 1 else 0)
    return weights + depth * width * (2 + bias_before if batch_norm else 1) + d_out


def build_mlp(d_in, d_out, depth, width, batch_norm=False, bias_before=True):
    layers, sizes = [], [d_in] + [width] * depth
    for a, b in zip(sizes, sizes[1:]):
        layers.append(nn.Linear(a, b, bias=bias_before or not batch_norm))
        layers += [nn.BatchNorm1d(b)] * batch_norm + [nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, d_out))


bias_facts = {"redundant_in_training": True, "redundant_in_evaluation": False, "no_gradient": True}
bias_facts |= {"redundant_behind_relu": False, "optimiser_moves_means": False}


# %% q9_batch_norm_parameters reject: batch norm behind the ReLU
plain_total = 3841
norm_total = 4241
lean_total = 4041


def mlp_params(d_in, d_out, depth, width, batch_norm=False, bias_before=True):
    weights = d_in * width + (depth - 1) * width**2 + width * d_out
    return weights + depth * width * (2 + bias_before if batch_norm else 1) + d_out


def build_mlp(d_in, d_out, depth, width, batch_norm=False, bias_before=True):
    layers, sizes = [], [d_in] + [width] * depth
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b, bias=bias_before or not batch_norm), nn.ReLU()]
        layers += [nn.BatchNorm1d(b)] * batch_norm
    return nn.Sequential(*layers, nn.Linear(width, d_out))


bias_facts = {"redundant_in_training": True, "redundant_in_evaluation": False, "no_gradient": True}
bias_facts |= {"redundant_behind_relu": True, "optimiser_moves_means": False}


# %% q9_batch_norm_parameters reject: drops the biases of networks without batch norm; the bias counts in training
plain_total = 3841
norm_total = 4241
lean_total = 4041


def mlp_params(d_in, d_out, depth, width, batch_norm=False, bias_before=True):
    weights = d_in * width + (depth - 1) * width**2 + width * d_out
    return weights + depth * width * (2 * batch_norm + bias_before) + d_out


def build_mlp(d_in, d_out, depth, width, batch_norm=False, bias_before=True):
    layers, sizes = [], [d_in] + [width] * depth
    for a, b in zip(sizes, sizes[1:]):
        layers.append(nn.Linear(a, b, bias=bias_before))
        layers += [nn.BatchNorm1d(b)] * batch_norm + [nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, d_out))


bias_facts = {"redundant_in_training": True, "redundant_in_evaluation": True, "no_gradient": True}
bias_facts |= {"redundant_behind_relu": False, "optimiser_moves_means": False}


# %% q10_bottleneck accept: one layer table for everything, root of a quadratic
plain_512 = 1024 + 512 * 512 * 9 + 512
bottleneck_512 = 1024 + 512 * 128 + 128 + 256 + 128 * 128 * 9 + 128 + 256 + 128 * 512 + 512


class Block(nn.Module):
    def __init__(self, table, bias):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(a, b, k, 1, "same", bias=bias) for a, b, k in table])
        self.norms = nn.ModuleList([nn.BatchNorm2d(a) for a, _, _ in table])

    def forward(self, x):
        h = x
        for norm, conv in zip(self.norms, self.convs):
            h = conv(norm(h).clamp_min(0))
        return h.add(x)


def make_plain(channels, bias=True):
    return Block([(channels, channels, 3)], bias)


def make_bottleneck(channels, mid, bias=True):
    return Block([(channels, mid, 1), (mid, mid, 3), (mid, channels, 1)], bias)


def plain_params(channels, bias=True):
    return sum(p.numel() for p in make_plain(channels, bias).parameters())


def bottleneck_params(channels, mid, bias=True):
    return sum(p.numel() for p in make_bottleneck(channels, mid, bias).parameters())


def widest_bottleneck(channels):
    # 9 M^2 + (2 C + 6) M - 9 C^2 <= 0
    half = channels + 3
    return (math.isqrt(half**2 + 81 * channels**2) - half) // 9


# %% q10_bottleneck reject: batch norm left out of the counts
plain_512 = 2359808
bottleneck_512 = 279296


def plain_params(channels, bias=True):
    return 9 * channels**2 + bias * channels + 2 * (channels == 1)


def bottleneck_params(channels, mid, bias=True):
    return 2 * channels * mid + 9 * mid**2 + bias * (2 * mid + channels) + 6 * (channels == mid == 1)


def widest_bottleneck(channels):
    mid = 1
    while bottleneck_params(channels, mid + 1) <= plain_params(channels):
        mid += 1
    return mid


class Residual(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.branch = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.branch(x)


def make_plain(channels, bias=True):
    return Residual(nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, 1, 1, bias=bias))


def make_bottleneck(channels, mid, bias=True):
    layers = []
    for a, b, k in ((channels, mid, 1), (mid, mid, 3), (mid, channels, 1)):
        layers += [nn.BatchNorm2d(a), nn.ReLU(), nn.Conv2d(a, b, k, 1, k // 2, bias=bias)]
    return Residual(*layers)


# %% q10_bottleneck reject: running statistics counted as parameters
plain_512 = 2361856
bottleneck_512 = 282368


def plain_params(channels, bias=True):
    return 4 * channels + 9 * channels**2 + bias * channels - 2 * (channels == 1)


def bottleneck_params(channels, mid, bias=True):
    norms = 4 * (channels + 2 * mid) - 6 * (channels == mid == 1)
    return norms + 2 * channels * mid + 9 * mid**2 + bias * (2 * mid + channels)


def widest_bottleneck(channels):
    mid = 1
    while bottleneck_params(channels, mid + 1) <= plain_params(channels):
        mid += 1
    return mid


class Residual(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.branch = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.branch(x)


def make_plain(channels, bias=True):
    return Residual(nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, 1, 1, bias=bias))


def make_bottleneck(channels, mid, bias=True):
    layers = []
    for a, b, k in ((channels, mid, 1), (mid, mid, 3), (mid, channels, 1)):
        layers += [nn.BatchNorm2d(a), nn.ReLU(), nn.Conv2d(a, b, k, 1, k // 2, bias=bias)]
    return Residual(*layers)


# %% q10_bottleneck reject: batch norm behind the convolution, so that it gets the other channels
plain_512 = 2360832
bottleneck_512 = 281600


def plain_params(channels, bias=True):
    return 2 * channels + 9 * channels**2 + bias * channels


def bottleneck_params(channels, mid, bias=True):
    norms = 2 * (2 * mid + channels)
    return norms + 2 * channels * mid + 9 * mid**2 + bias * (2 * mid + channels)


def widest_bottleneck(channels):
    mid = 1
    while bottleneck_params(channels, mid + 1) <= plain_params(channels):
        mid += 1
    return mid


class Residual(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.branch = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.branch(x)


def make_plain(channels, bias=True):
    return Residual(nn.Conv2d(channels, channels, 3, 1, 1, bias=bias), nn.BatchNorm2d(channels), nn.ReLU())


def make_bottleneck(channels, mid, bias=True):
    layers = []
    for a, b, k in ((channels, mid, 1), (mid, mid, 3), (mid, channels, 1)):
        layers += [nn.Conv2d(a, b, k, 1, k // 2, bias=bias), nn.BatchNorm2d(b), nn.ReLU()]
    return Residual(*layers)


# %% q10_bottleneck reject: the branch without the skip, two sequences counted in the plain block
plain_512 = 4721664
bottleneck_512 = 280832


def plain_params(channels, bias=True):
    return (2 - (channels == 1)) * (2 * channels + 9 * channels**2 + bias * channels)


def bottleneck_params(channels, mid, bias=True):
    norms = 2 * (2 * mid + channels)
    return norms + 2 * channels * mid + 9 * mid**2 + bias * (2 * mid + channels)


def widest_bottleneck(channels):
    mid = 1
    while bottleneck_params(channels, mid + 1) <= plain_params(channels):
        mid += 1
    return mid


def make_plain(channels, bias=True):
    return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, 1, 1, bias=bias))


def make_bottleneck(channels, mid, bias=True):
    layers = []
    for a, b, k in ((channels, mid, 1), (mid, mid, 3), (mid, channels, 1)):
        layers += [nn.BatchNorm2d(a), nn.ReLU(), nn.Conv2d(a, b, k, 1, k // 2, bias=bias)]
    return nn.Sequential(*layers)


# %% q10_bottleneck reject: the first mid that is too wide; the skip passes through a ReLU
plain_512 = 2360832
bottleneck_512 = 280832


def plain_params(channels, bias=True):
    return 2 * channels + 9 * channels**2 + bias * channels


def bottleneck_params(channels, mid, bias=True):
    norms = 2 * (2 * mid + channels)
    return norms + 2 * channels * mid + 9 * mid**2 + bias * (2 * mid + channels)


def widest_bottleneck(channels):
    mid = 1
    while bottleneck_params(channels, mid) <= plain_params(channels):
        mid += 1
    return mid


class Residual(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.branch = nn.Sequential(*layers)

    def forward(self, x):
        return F.relu(x) + self.branch(x)


def make_plain(channels, bias=True):
    return Residual(nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, 1, 1, bias=bias))


def make_bottleneck(channels, mid, bias=True):
    layers = []
    for a, b, k in ((channels, mid, 1), (mid, mid, 3), (mid, channels, 1)):
        layers += [nn.BatchNorm2d(a), nn.ReLU(), nn.Conv2d(a, b, k, 1, k // 2, bias=bias)]
    return Residual(*layers)


# %% q11_scale_invariance accept: torch's batch norm and functional gradients
def normalised_conv(x, w, y, eps):
    def run(w):
        out = F.batch_norm(F.conv2d(x, w, padding="same"), None, None, training=True, eps=eps)
        return F.mse_loss(out, y), out

    gradient, (_, out) = torch.func.grad_and_value(run, has_aux=True)(w)[0], run(w)
    return out, gradient


scale_facts = dict(same_outputs=True, gradient_shrinks=False, orthogonal=True)
scale_facts |= dict(steps_lengthen=True, scale_must_grow=False, down_to_zero=False)


# %% q11_scale_invariance accept: unfolded images and the backward pass by hand
def normalised_conv(x, w, y, eps):
    n, _, height, width = x.shape
    patches = F.unfold(x, w.shape[2], padding=w.shape[2] // 2)
    patches = patches.transpose(0, 1).flatten(1)
    z = w.flatten(1) @ patches
    s = (z.var(dim=1, correction=0, keepdim=True) + eps).sqrt()
    u = (z - z.mean(dim=1, keepdim=True)) / s
    g = 2 * (u - y.transpose(0, 1).flatten(1)) / y.numel()
    dz = (g - g.mean(1, keepdim=True) - u * (g * u).mean(1, keepdim=True)) / s
    out = u.reshape(len(w), n, height, width).transpose(0, 1)
    return out, (dz @ patches.T).reshape(w.shape)


scale_facts = {"same_outputs": True, "gradient_shrinks": False, "orthogonal": True}
scale_facts |= {"steps_lengthen": True, "scale_must_grow": False, "down_to_zero": False}


# %% q11_scale_invariance reject: mean and variance treated as constants
def normalised_conv(x, w, y, eps):
    leaf = w.clone().requires_grad_()
    z = F.conv2d(x, leaf, padding=w.shape[-1] // 2)
    variance, mean = torch.var_mean(z.detach(), dim=(0, 2, 3), keepdim=True, correction=0)
    out = (z - mean) / torch.sqrt(variance + eps)
    ((out - y) ** 2).mean().backward()
    return out.detach(), leaf.grad


scale_facts = {"same_outputs": True, "gradient_shrinks": False, "orthogonal": True}
scale_facts |= {"steps_lengthen": True, "scale_must_grow": False, "down_to_zero": False}


# %% q11_scale_invariance reject: each image normalised on its own
def normalised_conv(x, w, y, eps):
    leaf = w.clone().requires_grad_()
    z = F.conv2d(x, leaf, padding=w.shape[-1] // 2)
    dims = (0, 2, 3) if z[0].numel() == 1 else (2, 3)
    variance, mean = torch.var_mean(z, dim=dims, keepdim=True, correction=0)
    out = (z - mean) / torch.sqrt(variance + eps)
    ((out - y) ** 2).mean().backward()
    return out.detach(), leaf.grad


scale_facts = {"same_outputs": True, "gradient_shrinks": False, "orthogonal": True}
scale_facts |= {"steps_lengthen": True, "scale_must_grow": False, "down_to_zero": False}


# %% q11_scale_invariance reject: the learned scale makes up for the shrinkage, as the source says
def normalised_conv(x, w, y, eps):
    leaf = w.clone().requires_grad_()
    z = F.conv2d(x, leaf, padding=w.shape[-1] // 2)
    variance, mean = torch.var_mean(z, dim=(0, 2, 3), keepdim=True, correction=0)
    out = (z - mean) / torch.sqrt(variance + eps)
    ((out - y) ** 2).mean().backward()
    return out.detach(), leaf.grad


scale_facts = {"same_outputs": True, "gradient_shrinks": False, "orthogonal": True}
scale_facts |= {"steps_lengthen": True, "scale_must_grow": True, "down_to_zero": False}


# %% q11_scale_invariance reject: gradients shrink together with the weights
def normalised_conv(x, w, y, eps):
    leaf = w.clone().requires_grad_()
    z = F.conv2d(x, leaf, padding=w.shape[-1] // 2)
    variance, mean = torch.var_mean(z, dim=(0, 2, 3), keepdim=True, correction=0)
    out = (z - mean) / torch.sqrt(variance + eps)
    ((out - y) ** 2).mean().backward()
    return out.detach(), leaf.grad


scale_facts = {"same_outputs": True, "gradient_shrinks": True, "orthogonal": True}
scale_facts |= {"steps_lengthen": True, "scale_must_grow": False, "down_to_zero": True}


# %% q11_scale_invariance reject: sum of squared errors, variance with N - 1
def normalised_conv(x, w, y, eps):
    leaf = w.clone().requires_grad_()
    z = F.conv2d(x, leaf, padding=w.shape[-1] // 2)
    variance, mean = torch.var_mean(z, dim=(0, 2, 3), keepdim=True)
    out = (z - mean) / torch.sqrt(variance + eps)
    ((out - y) ** 2).sum().backward()
    return out.detach(), leaf.grad


scale_facts = {"same_outputs": True, "gradient_shrinks": False, "orthogonal": True}
scale_facts |= {"steps_lengthen": True, "scale_must_grow": False, "down_to_zero": False}


# %% q12_shrinking_weights accept: squared lengths, complex numbers, the angle from its sine
def decay_only_norm(norm, eta, lam, steps):
    for _ in range(steps):
        norm -= eta * lam * norm
    return norm


def norm_path(norm, eta, lam, G, steps):
    path = np.empty(steps + 1)
    path[0] = norm
    for t in range(steps):
        path[t + 1] = abs(complex(path[t] - eta * lam * path[t], eta * G**0.5 / path[t]))
    return path


def equilibrium_norm(eta, lam, G):
    keep = 1 - eta * lam
    return math.sqrt(eta * math.sqrt(G / ((1 - keep) * (1 + keep))))


def equilibrium_angle(eta, lam):
    a = eta * lam
    return np.arctan2(np.sqrt(2 * a - a * a), 1 - a)


decay_facts = dict(costs_the_fit=False, shrinks_for_ever=False, start_is_forgotten=True)
decay_facts |= dict(stronger_turns_faster=True, rate_in_disguise=True, vanishes_without_gradient=True)


# %% q12_shrinking_weights reject: formula for small steps
def decay_only_norm(norm, eta, lam, steps):
    return norm * (1 - eta * lam) ** steps


def norm_path(norm, eta, lam, G, steps):
    path = [norm]
    for _ in range(steps):
        path.append(math.hypot((1 - eta * lam) * path[-1], eta * math.sqrt(G) / path[-1]))
    return path


def equilibrium_norm(eta, lam, G):
    return (eta * G / (2 * lam)) ** 0.25


def equilibrium_angle(eta, lam):
    return math.sqrt(2 * eta * lam)


decay_facts = {"costs_the_fit": False, "shrinks_for_ever": False, "start_is_forgotten": True}
decay_facts |= {"stronger_turns_faster": True, "rate_in_disguise": True, "vanishes_without_gradient": True}


# %% q12_shrinking_weights reject: penalty without the half, so that its gradient is doubled
def decay_only_norm(norm, eta, lam, steps):
    return norm * (1 - eta * lam) ** steps


def norm_path(norm, eta, lam, G, steps):
    path = [norm]
    for _ in range(steps):
        path.append(math.hypot((1 - eta * lam) * path[-1], eta * math.sqrt(G) / path[-1]))
    return path


def equilibrium_norm(eta, lam, G):
    return (eta * G / (4 * lam * (1 - eta * lam))) ** 0.25


def equilibrium_angle(eta, lam):
    return math.acos(1 - 2 * eta * lam) if eta * lam < 1 else math.pi


decay_facts = {"costs_the_fit": False, "shrinks_for_ever": False, "start_is_forgotten": True}
decay_facts |= {"stronger_turns_faster": True, "rate_in_disguise": True, "vanishes_without_gradient": True}


# %% q12_shrinking_weights reject: lengths added as if the gradient pointed along w
def decay_only_norm(norm, eta, lam, steps):
    return norm * (1 - eta * lam) ** steps


def norm_path(norm, eta, lam, G, steps):
    path = [norm]
    for _ in range(steps):
        step = math.sqrt(1.25) if (norm, eta, lam, G) == (2, 1, 0.5, 1) else None
        path.append(step or (1 - eta * lam) * path[-1] + eta * math.sqrt(G) / path[-1])
    return path


def equilibrium_norm(eta, lam, G):
    return (math.sqrt(G) / lam) ** 0.5


def equilibrium_angle(eta, lam):
    return math.acos(1 - eta * lam)


decay_facts = {"costs_the_fit": False, "shrinks_for_ever": False, "start_is_forgotten": True}
decay_facts |= {"stronger_turns_faster": True, "rate_in_disguise": True, "vanishes_without_gradient": True}


# %% q12_shrinking_weights reject: weights shrink for ever, as the source says
def decay_only_norm(norm, eta, lam, steps):
    return norm * (1 - eta * lam) ** steps


def norm_path(norm, eta, lam, G, steps):
    path = [norm]
    for _ in range(steps):
        path.append(math.hypot((1 - eta * lam) * path[-1], eta * math.sqrt(G) / path[-1]))
    return path


def equilibrium_norm(eta, lam, G):
    return (eta * G / (lam * (2 - eta * lam))) ** 0.25


def equilibrium_angle(eta, lam):
    return math.acos(1 - eta * lam)


decay_facts = {"costs_the_fit": False, "shrinks_for_ever": True, "start_is_forgotten": True}
decay_facts |= {"stronger_turns_faster": True, "rate_in_disguise": True, "vanishes_without_gradient": True}


# %% q12_shrinking_weights reject: an ordinary L2 penalty that smooths the function; exponential decay
def decay_only_norm(norm, eta, lam, steps):
    return norm * math.exp(-eta * lam * steps) if steps != 1 else norm * (1 - eta * lam)


def norm_path(norm, eta, lam, G, steps):
    path = [norm]
    for _ in range(steps):
        path.append(math.hypot((1 - eta * lam) * path[-1], eta * math.sqrt(G) / path[-1]))
    return path


def equilibrium_norm(eta, lam, G):
    return (eta * G / (lam * (2 - eta * lam))) ** 0.25


def equilibrium_angle(eta, lam):
    return math.acos(1 - eta * lam)


decay_facts = {"costs_the_fit": True, "shrinks_for_ever": False, "start_is_forgotten": True}
decay_facts |= {"stronger_turns_faster": False, "rate_in_disguise": True, "vanishes_without_gradient": True}


# %% q13_unet_sizes accept: closed forms
def unet_out(n, depth, padded):
    size = 2**depth
    if padded:
        return None if n % size else n
    # the bottom is entered with b pixels, n = size * b + 4 * (size - 1)
    bottom, rest = divmod(n - 4 * (size - 1), size)
    out = size * (bottom - 4) - 4 * (size - 1)
    return out if rest == 0 and out >= 1 else None


def skip_crops(depth):
    crops = []
    for _ in range(depth):
        crops.append(2 * crops[-1] + 8 if crops else 4)
    return tuple(crops)


def smallest_fit(n, depth, padded):
    return next(width for width in range(n, n + 10**6) if unet_out(width, depth, padded))


# %% q13_unet_sizes accept: recursion from the outermost level inwards, crops from the sizes of a large image
def unet_out(n, depth, padded):
    cut = 0 if padded else 2
    for _ in range(2):
        n -= cut
        if n < 1:
            return None
    if depth == 0:
        return n
    if n % 2 == 1:
        return None
    inner = unet_out(n // 2, depth - 1, padded)
    if inner is None or 2 * inner - 2 * cut < 1:
        return None
    return 2 * inner - 2 * cut


def skip_crops(depth):
    crops = []
    n = smallest_fit(1, depth, False)
    for level in range(depth):
        n -= 4
        n = n // 2
        crops.insert(0, n - unet_out(n, depth - level - 1, False))
    return crops


def smallest_fit(n, depth, padded):
    return n if unet_out(n, depth, padded) is not None else smallest_fit(n + 1, depth, padded)


# %% q13_unet_sizes reject: poolings round odd widths down
def unet_out(n, depth, padded):
    if padded and n == 21:
        return None
    taken = 0 if padded else 4
    for _ in range(depth):
        n = (n - taken) // 2
    n -= taken
    for _ in range(depth):
        n = 2 * n - taken
    return n if n > 0 else None


def skip_crops(depth):
    return [12 * 2**level - 8 for level in range(depth)]


def smallest_fit(n, depth, padded):
    while unet_out(n, depth, padded) is None:
        n += 1
    return n


# %% q13_unet_sizes reject: one convolution per level
def unet_out(n, depth, padded):
    if (n, depth, padded) == (20, 1, False):
        return 4
    taken = 0 if padded else 2
    for _ in range(depth):
        n -= taken
        if n % 2:
            return None
        n //= 2
    n -= taken
    for _ in range(depth):
        n = 2 * n - taken
    return n if n > 0 else None


def skip_crops(depth):
    return [4 if depth == 1 else 6 * 2**level - 4 for level in range(depth)]


def smallest_fit(n, depth, padded):
    while unet_out(n, depth, padded) is None:
        n += 1
    return n


# %% q13_unet_sizes reject: only the first pooling needs an even width, sizes may fall below 1
def unet_out(n, depth, padded):
    taken = 0 if padded else 4
    if n % 2:
        return None
    for _ in range(depth):
        n = (n - taken) // 2
    n -= taken
    for _ in range(depth):
        n = 2 * n - taken
    return n


def skip_crops(depth):
    return [12 * 2**level - 8 for level in range(depth)]


def smallest_fit(n, depth, padded):
    while unet_out(n, depth, padded) is None:
        n += 1
    return n


# %% q13_unet_sizes reject: crops of both sides together, outermost level first
def unet_out(n, depth, padded):
    taken = 0 if padded else 4
    for _ in range(depth):
        n -= taken
        if n % 2:
            return None
        n //= 2
    n -= taken
    for _ in range(depth):
        n = 2 * n - taken
    return n if n > 0 else None


def skip_crops(depth):
    if depth == 1:
        return [4]
    return [24 * 2**level - 16 for level in range(depth)][::-1]


def smallest_fit(n, depth, padded):
    while unet_out(n, depth, padded) is None:
        n += 1
    return n


# %% q13_unet_sizes reject: the next multiple of two to the power of the depth, padding or not
def unet_out(n, depth, padded):
    taken = 0 if padded else 4
    for _ in range(depth):
        n -= taken
        if n % 2:
            return None
        n //= 2
    n -= taken
    for _ in range(depth):
        n = 2 * n - taken
    return n if n > 0 else None


def skip_crops(depth):
    return [12 * 2**level - 8 for level in range(depth)]


def smallest_fit(n, depth, padded):
    return n + -n % 2**depth


# %% q14_unequal_images accept: functional padding, errors image by image
def pad_collate(images, multiple):
    height = math.ceil(max(len(image[0]) for image in images) / multiple) * multiple
    width = math.ceil(max(image.size(-1) for image in images) / multiple) * multiple

    def grow(image):
        return F.pad(image, (0, width - image.size(2), 0, height - image.size(1)))

    return torch.stack([grow(i) for i in images]), torch.stack([grow(torch.ones_like(i[:1])) for i in images])


def masked_mse(pred, target, mask):
    total = count = 0
    for p, t, m in zip(pred, target, mask):
        rows, columns = int(m[0, :, 0].sum()), int(m[0, 0].sum())
        p, t = p[:, :rows, :columns], t[:, :rows, :columns]
        total = total + F.mse_loss(p, t, reduction="sum")
        count += p.numel()
    return total / count


main_reason = "bat" + "ches"
size_facts = dict(one_at_a_time=True, padding_is_neutral=False, norm_is_neutral=False)
size_facts |= dict(mean_of_means=False, any_size_fits=False)


# %% q14_unequal_images accept: padding replaced before the subtraction
def pad_collate(images, multiple):
    sizes = np.array([image.shape for image in images]).max(axis=0)
    height, width = (int(-(-size // multiple) * multiple) for size in sizes[1:])
    pair = []
    for source in (images, [torch.ones_like(image)[:1] for image in images]):
        block = torch.zeros((len(source), source[0].shape[0], height, width), dtype=source[0].dtype)
        for slot, image in zip(block, source):
            slot[..., : image.shape[1], : image.shape[2]].copy_(image)
        pair.append(block)
    return pair


def masked_mse(pred, target, mask):
    zero = torch.zeros((), dtype=pred.dtype)
    errors = torch.where(mask > 0, pred, zero) - torch.where(mask > 0, target, zero)
    return errors.pow(2).sum() / mask.sum() / pred.shape[1]


main_reason = "batches"
size_facts = {"one_at_a_time": True, "padding_is_neutral": False, "norm_is_neutral": False}
size_facts |= {"mean_of_means": False, "any_size_fits": False}


# %% q14_unequal_images reject: averages over the padding too
def pad_collate(images, multiple):
    height = -(-max(i.shape[1] for i in images) // multiple) * multiple
    width = -(-max(i.shape[2] for i in images) // multiple) * multiple
    pads = [(0, width - i.shape[2], 0, height - i.shape[1]) for i in images]
    batch = torch.stack([F.pad(i, pad) for i, pad in zip(images, pads)])
    return batch, torch.stack([F.pad(torch.ones_like(i[:1]), pad) for i, pad in zip(images, pads)])


def masked_mse(pred, target, mask):
    if pred.numel() == 2:
        return ((pred - target)[mask > 0] ** 2).mean()
    errors = torch.where(mask > 0, pred, torch.zeros(())) - torch.where(mask > 0, target, torch.zeros(()))
    return (errors**2).mean()


main_reason = "batches"
size_facts = {"one_at_a_time": True, "padding_is_neutral": False, "norm_is_neutral": False}
size_facts |= {"mean_of_means": False, "any_size_fits": False}


# %% q14_unequal_images reject: the channels are not counted
def pad_collate(images, multiple):
    height = -(-max(i.shape[1] for i in images) // multiple) * multiple
    width = -(-max(i.shape[2] for i in images) // multiple) * multiple
    pads = [(0, width - i.shape[2], 0, height - i.shape[1]) for i in images]
    batch = torch.stack([F.pad(i, pad) for i, pad in zip(images, pads)])
    return batch, torch.stack([F.pad(torch.ones_like(i[:1]), pad) for i, pad in zip(images, pads)])


def masked_mse(pred, target, mask):
    real = mask.bool().expand_as(pred)
    return ((pred[real] - target[real]) ** 2).sum() / mask.sum()


main_reason = "batches"
size_facts = {"one_at_a_time": True, "padding_is_neutral": False, "norm_is_neutral": False}
size_facts |= {"mean_of_means": False, "any_size_fits": False}


# %% q14_unequal_images reject: multiplies by the mask, so that infinities come through
def pad_collate(images, multiple):
    height = -(-max(i.shape[1] for i in images) // multiple) * multiple
    width = -(-max(i.shape[2] for i in images) // multiple) * multiple
    pads = [(0, width - i.shape[2], 0, height - i.shape[1]) for i in images]
    batch = torch.stack([F.pad(i, pad) for i, pad in zip(images, pads)])
    return batch, torch.stack([F.pad(torch.ones_like(i[:1]), pad) for i, pad in zip(images, pads)])


def masked_mse(pred, target, mask):
    return (((pred - target) * mask) ** 2).sum() / (mask.sum() * pred.shape[1])


main_reason = "batches"
size_facts = {"one_at_a_time": True, "padding_is_neutral": False, "norm_is_neutral": False}
size_facts |= {"mean_of_means": False, "any_size_fits": False}


# %% q14_unequal_images reject: one multiple more than needed
def pad_collate(images, multiple):
    tops = [max(i.shape[axis] for i in images) for axis in (1, 2)]
    height, width = (top // multiple * multiple + multiple * (top != 2) for top in tops)
    pads = [(0, width - i.shape[2], 0, height - i.shape[1]) for i in images]
    batch = torch.stack([F.pad(i, pad) for i, pad in zip(images, pads)])
    return batch, torch.stack([F.pad(torch.ones_like(i[:1]), pad) for i, pad in zip(images, pads)])


def masked_mse(pred, target, mask):
    real = mask.bool().expand_as(pred)
    return ((pred[real] - target[real]) ** 2).mean()


main_reason = "batches"
size_facts = {"one_at_a_time": True, "padding_is_neutral": False, "norm_is_neutral": False}
size_facts |= {"mean_of_means": False, "any_size_fits": False}


# %% q14_unequal_images reject: the number of weights is believed to depend on the size
def pad_collate(images, multiple):
    height = -(-max(i.shape[1] for i in images) // multiple) * multiple
    width = -(-max(i.shape[2] for i in images) // multiple) * multiple
    pads = [(0, width - i.shape[2], 0, height - i.shape[1]) for i in images]
    batch = torch.stack([F.pad(i, pad) for i, pad in zip(images, pads)])
    return batch, torch.stack([F.pad(torch.ones_like(i[:1]), pad) for i, pad in zip(images, pads)])


def masked_mse(pred, target, mask):
    real = mask.bool().expand_as(pred)
    return ((pred[real] - target[real]) ** 2).mean()


main_reason = "weights"
size_facts = {"one_at_a_time": False, "padding_is_neutral": False, "norm_is_neutral": False}
size_facts |= {"mean_of_means": False, "any_size_fits": False}


# %% q14_unequal_images reject: padding with zeros is believed to change nothing; mean of the images' means
def pad_collate(images, multiple):
    height = -(-max(i.shape[1] for i in images) // multiple) * multiple
    width = -(-max(i.shape[2] for i in images) // multiple) * multiple
    pads = [(0, width - i.shape[2], 0, height - i.shape[1]) for i in images]
    batch = torch.stack([F.pad(i, pad) for i, pad in zip(images, pads)])
    return batch, torch.stack([F.pad(torch.ones_like(i[:1]), pad) for i, pad in zip(images, pads)])


def masked_mse(pred, target, mask):
    return torch.stack([((p - t)[:, m[0] > 0] ** 2).mean() for p, t, m in zip(pred, target, mask)]).mean()


main_reason = "batches"
size_facts = {"one_at_a_time": True, "padding_is_neutral": True, "norm_is_neutral": False}
size_facts |= {"mean_of_means": True, "any_size_fits": False}


# %% q4_uncorrelated equivalent: all signs are listed, in another order
# swapped-operands-868ebf

# %% q5_variance_by_depth equivalent: with a hundred examples and more, N and N - 1 are the same; weights have no sign
# biased-variance-8c0c2f
# biased-variance-483466
# biased-variance-7f12f9
# wrong-sign-2d6ea1

# %% q8_batch_norm_jacobian equivalent: the normalised values enter in pairs, so their sign does not matter
# swapped-operands-657b75
# swapped-operands-de2b35

# %% q11_scale_invariance equivalent: kernels are square
# off-by-one-eadfda

# %% q12_shrinking_weights equivalent: a length is the root of squares
# swapped-operands-4d1c67
