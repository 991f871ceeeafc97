# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_change_of_variables accept: with torch, and a power
def transformed_pdf(x, base_pdf, inverse, slope):
    source = inverse(x)
    steep = torch.as_tensor(slope(source)).abs()
    return (torch.as_tensor(base_pdf(source)) / steep).numpy()


def squared_pdf(x):
    return np.array([0.5 * v**-0.5 if 0 < v <= 1 else 0.0 for v in x.ravel().tolist()]).reshape(x.shape)


# %% q1_change_of_variables accept: by way of logarithms and square
def transformed_pdf(x, base_pdf, inverse, slope):
    z = inverse(x)
    return base_pdf(z) * (slope(z) ** 2) ** -0.5


def squared_pdf(x):
    with np.errstate(all="ignore"):
        return np.where((x > 0) & (x <= 1), 1 / (2 * np.sqrt(x)), 0.0)


# %% q1_change_of_variables reject: the slope of the forward map as the density
def transformed_pdf(x, base_pdf, inverse, slope):
    z = inverse(x)
    return base_pdf(z) / np.abs(slope(z))


def squared_pdf(x):
    return np.where((x > 0) & (x <= 1), 2 * x, 0.0)


# %% q1_change_of_variables reject: the slope in terms of z, then z renamed to x
def transformed_pdf(x, base_pdf, inverse, slope):
    z = inverse(x)
    return base_pdf(z) / np.abs(slope(z))


def squared_pdf(x):
    with np.errstate(all="ignore"):
        return np.where((x > 0) & (x <= 1), 1 / (2 * x), 0.0)


# %% q1_change_of_variables reject: multiplies by the slope
def transformed_pdf(x, base_pdf, inverse, slope):
    z = inverse(x)
    return base_pdf(z) * np.abs(slope(z))


def squared_pdf(x):
    return np.where((x > 0) & (x <= 1), 2 * np.sqrt(np.maximum(x, 0)), 0.0)


# %% q1_change_of_variables reject: no absolute value
def transformed_pdf(x, base_pdf, inverse, slope):
    z = inverse(x)
    return base_pdf(z) / slope(z)


def squared_pdf(x):
    with np.errstate(all="ignore"):
        return np.where((x > 0) & (x <= 1), 1 / (2 * np.sqrt(x)), 0.0)


# %% q1_change_of_variables reject: slope taken at x and not at z
def transformed_pdf(x, base_pdf, inverse, slope):
    return base_pdf(inverse(x)) / np.abs(slope(x))


def squared_pdf(x):
    with np.errstate(all="ignore"):
        return np.where((x > 0) & (x <= 1), 1 / (2 * np.sqrt(x)), 0.0)


# %% q1_change_of_variables reject: moves the base density without stretching it
def transformed_pdf(x, base_pdf, inverse, slope):
    return base_pdf(inverse(x))


def squared_pdf(x):
    with np.errstate(all="ignore"):
        return np.where((x > 0) & (x <= 1), 1 / (2 * np.sqrt(x)), 0.0)


# %% q1_change_of_variables reject: infinite at the lower end
def transformed_pdf(x, base_pdf, inverse, slope):
    z = inverse(x)
    return base_pdf(z) / np.abs(slope(z))


def squared_pdf(x):
    with np.errstate(all="ignore"):
        return np.where((x >= 0) & (x <= 1), 1 / (2 * np.sqrt(x)), 0.0)


# %% q2_logit_normal accept: entry by entry with the math module
def logit_normal_log_pdf(x, mu, sigma):
    def one(v):
        if not 0 < v < 1:
            return -math.inf
        z = math.log(v) - math.log1p(-v)
        log_slope = -abs(z) - 2 * math.log1p(math.exp(-abs(z)))
        return -((z - mu) ** 2) / (2 * sigma**2) - math.log(2 * math.pi * sigma**2) / 2 - log_slope

    return np.array([one(v) for v in x.ravel().tolist()]).reshape(x.shape)


def logit_normal_pdf(x, mu, sigma):
    return np.vectorize(math.exp)(logit_normal_log_pdf(x, mu, sigma))


squash_facts = dict.fromkeys(["median_moves_along", "mass_moves_along", "mirrored"], True)
squash_facts |= dict.fromkeys(["mean_moves_along", "peak_moves_along", "one_peak"], False)


# %% q2_logit_normal accept: torch's normal distribution at the logit
def logit_normal_log_pdf(x, mu, sigma):
    x = torch.tensor(x)
    valid = (x > 0) & (x < 1)
    middle = torch.where(valid, x, 0.5)
    base = torch.distributions.Normal(*torch.tensor([mu, sigma], dtype=torch.float64))
    value = base.log_prob(torch.logit(middle)) - middle.log() - (1 - middle).log()
    return torch.where(valid, value, -math.inf).numpy()


def logit_normal_pdf(x, mu, sigma):
    return np.exp(logit_normal_log_pdf(x, mu, sigma))


squash_facts = dict.fromkeys(["median_moves_along", "mass_moves_along", "mirrored"], True)
squash_facts |= dict.fromkeys(["mean_moves_along", "peak_moves_along", "one_peak"], False)


# %% q2_logit_normal reject: the logarithm of the squared ratio, as the source's brackets can be read
def logit_normal_log_pdf(x, mu, sigma):
    with np.errstate(all="ignore"):
        square = (np.log((x / (1 - x)) ** 2) - 2 * mu) / sigma**2
        value = -square / 2 - np.log(sigma * np.sqrt(2 * np.pi)) - np.log(x) - np.log1p(-x)
    return np.where((x > 0) & (x < 1), value, -np.inf)


def logit_normal_pdf(x, mu, sigma):
    return np.exp(logit_normal_log_pdf(x, mu, sigma))


squash_facts = dict.fromkeys(["median_moves_along", "mass_moves_along", "mirrored"], True)
squash_facts |= dict.fromkeys(["mean_moves_along", "peak_moves_along", "one_peak"], False)


# %% q2_logit_normal reject: multiplied by the slope of the sigmoid
def logit_normal_log_pdf(x, mu, sigma):
    with np.errstate(all="ignore"):
        z = np.log(x) - np.log1p(-x)
        value = -0.5 * ((z - mu) / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi) + np.log(x) + np.log1p(-x)
    return np.where((x > 0) & (x < 1), value, -np.inf)


def logit_normal_pdf(x, mu, sigma):
    return np.exp(logit_normal_log_pdf(x, mu, sigma))


squash_facts = dict.fromkeys(["median_moves_along", "mass_moves_along", "mirrored"], True)
squash_facts |= dict.fromkeys(["mean_moves_along", "peak_moves_along", "one_peak"], False)


# %% q2_logit_normal reject: slope left out
def logit_normal_log_pdf(x, mu, sigma):
    with np.errstate(all="ignore"):
        z = np.log(x) - np.log1p(-x)
        value = -0.5 * ((z - mu) / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi)
    return np.where((x > 0) & (x < 1), value, -np.inf)


def logit_normal_pdf(x, mu, sigma):
    return np.exp(logit_normal_log_pdf(x, mu, sigma))


squash_facts = dict.fromkeys(["median_moves_along", "mass_moves_along", "mirrored"], True)
squash_facts |= dict.fromkeys(["mean_moves_along", "peak_moves_along", "one_peak"], False)


# %% q2_logit_normal reject: sigma missing in the constant
def logit_normal_log_pdf(x, mu, sigma):
    with np.errstate(all="ignore"):
        z = np.log(x) - np.log1p(-x)
        value = -0.5 * ((z - mu) / sigma) ** 2 - 0.5 * np.log(2 * np.pi) - np.log(x) - np.log1p(-x)
    return np.where((x > 0) & (x < 1), value, -np.inf)


def logit_normal_pdf(x, mu, sigma):
    return np.exp(logit_normal_log_pdf(x, mu, sigma))


squash_facts = dict.fromkeys(["median_moves_along", "mass_moves_along", "mirrored"], True)
squash_facts |= dict.fromkeys(["mean_moves_along", "peak_moves_along", "one_peak"], False)


# %% q2_logit_normal reject: divides first, then takes the logarithm
def logit_normal_log_pdf(x, mu, sigma):
    with np.errstate(all="ignore"):
        z = np.log(x / (1 - x))
        pdf = np.exp(-0.5 * ((z - mu) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi) * x * (1 - x))
        return np.where((x > 0) & (x < 1), np.log(pdf), -np.inf)


def logit_normal_pdf(x, mu, sigma):
    return np.exp(logit_normal_log_pdf(x, mu, sigma))


squash_facts = dict.fromkeys(["median_moves_along", "mass_moves_along", "mirrored"], True)
squash_facts |= dict.fromkeys(["mean_moves_along", "peak_moves_along", "one_peak"], False)


# %% q2_logit_normal reject: believes that peak and mean move along like the median
def logit_normal_log_pdf(x, mu, sigma):
    with np.errstate(all="ignore"):
        z = np.log(x) - np.log1p(-x)
        value = -0.5 * ((z - mu) / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi) - np.log(x) - np.log1p(-x)
    return np.where((x > 0) & (x < 1), value, -np.inf)


def logit_normal_pdf(x, mu, sigma):
    return np.exp(logit_normal_log_pdf(x, mu, sigma))


squash_facts = dict.fromkeys(
    ["median_moves_along", "mass_moves_along", "mirrored", "mean_moves_along", "peak_moves_along", "one_peak"], True
)


# %% q2_logit_normal reject: believes that a single peak stays a single peak
def logit_normal_log_pdf(x, mu, sigma):
    with np.errstate(all="ignore"):
        z = np.log(x) - np.log1p(-x)
        value = -0.5 * ((z - mu) / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi) - np.log(x) - np.log1p(-x)
    return np.where((x > 0) & (x < 1), value, -np.inf)


def logit_normal_pdf(x, mu, sigma):
    return np.exp(logit_normal_log_pdf(x, mu, sigma))


squash_facts = dict.fromkeys(["median_moves_along", "mass_moves_along", "mirrored", "one_peak"], True)
squash_facts |= dict.fromkeys(["mean_moves_along", "peak_moves_along"], False)


# %% q2_logit_normal equivalent: the distance is squared
# swapped-operands-24f5a8


# %% q3_by_hand accept: decimals and floats
inverse_1 = [[0.5, 0, 0, 0], [0, -0.2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0.5]]


det_1 = -20.0


inverse_2 = [[1, 0, 0, 0], [-0.5, 0.25, 0, 0], [-0.75, 0.125, 0.5, 0], [-6.5, 0.75, 1, 1]]


det_2 = 8


volume_factor = abs(det_1 * det_2)


# %% q3_by_hand accept: leaves it to NumPy
inverse_1 = np.linalg.inv(np.diag([2.0, -5.0, 1.0, 2.0]))


det_1 = np.linalg.det(np.diag([2, -5, 1, 2]))


inverse_2 = np.linalg.inv([[1, 0, 0, 0], [2, 4, 0, 0], [1, -1, 2, 0], [4, -2, -2, 1]])


det_2 = np.prod([1, 4, 2, 1])


volume_factor = 160


# %% q3_by_hand reject: determinant without its sign
inverse_1 = [[0.5, 0, 0, 0], [0, -0.2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0.5]]


det_1 = 20


inverse_2 = [[1, 0, 0, 0], [-0.5, 0.25, 0, 0], [-0.75, 0.125, 0.5, 0], [-6.5, 0.75, 1, 1]]


det_2 = 8


volume_factor = 160


# %% q3_by_hand reject: volume with a sign
inverse_1 = [[0.5, 0, 0, 0], [0, -0.2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0.5]]


det_1 = -20


inverse_2 = [[1, 0, 0, 0], [-0.5, 0.25, 0, 0], [-0.75, 0.125, 0.5, 0], [-6.5, 0.75, 1, 1]]


det_2 = 8


volume_factor = -160


# %% q3_by_hand reject: volume of the second matrix only
inverse_1 = [[0.5, 0, 0, 0], [0, -0.2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0.5]]


det_1 = -20


inverse_2 = [[1, 0, 0, 0], [-0.5, 0.25, 0, 0], [-0.75, 0.125, 0.5, 0], [-6.5, 0.75, 1, 1]]


det_2 = 8


volume_factor = 8


# %% q3_by_hand reject: reciprocals entry by entry
inverse_1 = [[0.5, 0, 0, 0], [0, -0.2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0.5]]


det_1 = -20


inverse_2 = [[1, 0, 0, 0], [1 / 2, 1 / 4, 0, 0], [1, -1, 1 / 2, 0], [1 / 4, -1 / 2, -1 / 2, 1]]


det_2 = 8


volume_factor = 160


# %% q3_by_hand reject: entries below the diagonal negated
inverse_1 = [[0.5, 0, 0, 0], [0, -0.2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0.5]]


det_1 = -20


inverse_2 = [[1, 0, 0, 0], [-2, 1 / 4, 0, 0], [-1, 1, 1 / 2, 0], [-4, 2, 2, 1]]


det_2 = 8


volume_factor = 160


# %% q3_by_hand reject: a slip in the corner: the way over two steps forgotten
inverse_1 = [[0.5, 0, 0, 0], [0, -0.2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0.5]]


det_1 = -20


inverse_2 = [[1, 0, 0, 0], [-1 / 2, 1 / 4, 0, 0], [-3 / 4, 1 / 8, 1 / 2, 0], [-5, 3 / 4, 1, 1]]


det_2 = 8


volume_factor = 160


# %% q4_triangular accept: column by column, what is known is subtracted from all rows below
def lower_solve(L, X):
    rest, Z = np.array(X), np.zeros(X.shape)
    for j in range(len(L)):
        Z[j] = rest[j] / L[j, j]
        rest -= np.outer(L[:, j], Z[j])
    return Z


def lower_logabsdet(L):
    return math.fsum(math.log(abs(L[i, i])) for i in range(len(L)))


def substitution_cost(d):
    products = d * (d - 1) // 2
    return products + d


# %% q4_triangular accept: torch's triangular solver, the sum of the logarithms of squares
def lower_solve(L, X):
    return torch.linalg.solve_triangular(torch.tensor(L), torch.tensor(X), upper=False).numpy()


def lower_logabsdet(L):
    return float(torch.tensor(L).diagonal().square().log().sum() / 2)


def substitution_cost(d):
    return d * (d + 1) // 2


# %% q4_triangular reject: a general solver
def lower_solve(L, X):
    return np.linalg.solve(L, X)


def lower_logabsdet(L):
    return np.log(np.abs(L.diagonal())).sum()


def substitution_cost(d):
    return d * (d + 1) // 2


# %% q4_triangular reject: works in the array that came in
def lower_solve(L, X):
    for i in range(len(L)):
        X[i] = (X[i] - L[i, :i] @ X[:i]) / L[i, i]
    return X


def lower_logabsdet(L):
    return np.log(np.abs(L.diagonal())).sum()


def substitution_cost(d):
    return d * (d + 1) // 2


# %% q4_triangular reject: begins with the last row
def lower_solve(L, X):
    Z = np.array(X)
    for i in reversed(range(len(L))):
        Z[i] = (Z[i] - L[i, i + 1 :] @ Z[i + 1 :]) / L[i, i]
    return Z


def lower_logabsdet(L):
    return np.log(np.abs(L.diagonal())).sum()


def substitution_cost(d):
    return d * (d + 1) // 2


# %% q4_triangular reject: subtracts with the old right-hand side
def lower_solve(L, X):
    return np.array([(X[i] - L[i, :i] @ X[:i]) / L[i, i] for i in range(len(L))])


def lower_logabsdet(L):
    return np.log(np.abs(L.diagonal())).sum()


def substitution_cost(d):
    return d * (d + 1) // 2


# %% q4_triangular reject: divides before it subtracts
def lower_solve(L, X):
    Z = np.array(X)
    for i in range(len(L)):
        Z[i] = Z[i] / L[i, i] - L[i, :i] @ Z[:i]
    return Z


def lower_logabsdet(L):
    return np.log(np.abs(L.diagonal())).sum()


def substitution_cost(d):
    return d * (d + 1) // 2


# %% q4_triangular reject: logarithm of the product, which underflows
def lower_solve(L, X):
    Z = np.array(X)
    for i in range(len(L)):
        Z[i] = (Z[i] - L[i, :i] @ Z[:i]) / L[i, i]
    return Z


def lower_logabsdet(L):
    return float(np.log(np.abs(np.prod(np.diag(L)))))


def substitution_cost(d):
    return d * (d + 1) // 2


# %% q4_triangular reject: no absolute value
def lower_solve(L, X):
    Z = np.array(X)
    for i in range(len(L)):
        Z[i] = (Z[i] - L[i, :i] @ Z[:i]) / L[i, i]
    return Z


def lower_logabsdet(L):
    return float(np.log(np.diag(L)).sum())


def substitution_cost(d):
    return d * (d + 1) // 2


# %% q4_triangular reject: a product for every entry of the matrix
def lower_solve(L, X):
    Z = np.array(X)
    for i in range(len(L)):
        Z[i] = (Z[i] - L[i, :i] @ Z[:i]) / L[i, i]
    return Z


def lower_logabsdet(L):
    return np.log(np.abs(L.diagonal())).sum()


def substitution_cost(d):
    return d * d


# %% q4_triangular reject: divisions not counted
def lower_solve(L, X):
    Z = np.array(X)
    for i in range(len(L)):
        Z[i] = (Z[i] - L[i, :i] @ Z[:i]) / L[i, i]
    return Z


def lower_logabsdet(L):
    return np.log(np.abs(L.diagonal())).sum()


def substitution_cost(d):
    return d * (d - 1) // 2


# %% q4_triangular reject: rounded by floating point
def lower_solve(L, X):
    Z = np.array(X)
    for i in range(len(L)):
        Z[i] = (Z[i] - L[i, :i] @ Z[:i]) / L[i, i]
    return Z


def lower_logabsdet(L):
    return np.log(np.abs(L.diagonal())).sum()


def substitution_cost(d):
    return int(d * (d + 1) / 2)


# %% q5_moments accept: sums over indices, and whitening by eigenvectors
def affine_moments(mu, Sigma, A, b):
    return np.einsum("ij,j->i", A, mu) + b, np.einsum("ij,jk,lk->il", A, Sigma, A)


def whitening(mu, Sigma):
    values, vectors = np.linalg.eigh(Sigma)
    A = (vectors / np.sqrt(values)).T
    return A, -(A @ mu)


moment_facts = dict.fromkeys(["any_distribution"], True)
moment_facts |= dict.fromkeys(["shift_counts", "square_only", "stays_diagonal", "becomes_gaussian"], False)


# %% q5_moments accept: the symmetric root
def affine_moments(mu, Sigma, A, b):
    return A @ mu + b, A @ Sigma @ A.T


def whitening(mu, Sigma):
    U, s, _ = np.linalg.svd(Sigma)
    A = U @ np.diag(s**-0.5) @ U.T
    return [A, A @ -mu]


moment_facts = dict.fromkeys(["any_distribution"], True)
moment_facts |= dict.fromkeys(["shift_counts", "square_only", "stays_diagonal", "becomes_gaussian"], False)


# %% q5_moments reject: A on the wrong sides
def affine_moments(mu, Sigma, A, b):
    return A @ mu + b, A.T @ Sigma @ A


def whitening(mu, Sigma):
    A = np.linalg.inv(np.linalg.cholesky(Sigma))
    return A, -A @ mu


moment_facts = dict.fromkeys(["any_distribution"], True)
moment_facts |= dict.fromkeys(["shift_counts", "square_only", "stays_diagonal", "becomes_gaussian"], False)


# %% q5_moments reject: A only once
def affine_moments(mu, Sigma, A, b):
    return A @ mu + b, A @ Sigma


def whitening(mu, Sigma):
    A = np.linalg.inv(np.linalg.cholesky(Sigma))
    return A, -A @ mu


moment_facts = dict.fromkeys(["any_distribution"], True)
moment_facts |= dict.fromkeys(["shift_counts", "square_only", "stays_diagonal", "becomes_gaussian"], False)


# %% q5_moments reject: second moment, the shift not taken out
def affine_moments(mu, Sigma, A, b):
    return A @ mu + b, A @ Sigma @ A.T + np.outer(b, b)


def whitening(mu, Sigma):
    A = np.linalg.inv(np.linalg.cholesky(Sigma))
    return A, -A @ mu


moment_facts = dict.fromkeys(["any_distribution"], True)
moment_facts |= dict.fromkeys(["shift_counts", "square_only", "stays_diagonal", "becomes_gaussian"], False)


# %% q5_moments reject: shift left out of the mean
def affine_moments(mu, Sigma, A, b):
    return A @ mu, A @ Sigma @ A.T


def whitening(mu, Sigma):
    A = np.linalg.inv(np.linalg.cholesky(Sigma))
    return A, -A @ mu


moment_facts = dict.fromkeys(["any_distribution"], True)
moment_facts |= dict.fromkeys(["shift_counts", "square_only", "stays_diagonal", "becomes_gaussian"], False)


# %% q5_moments reject: whitens with the inverse covariance
def affine_moments(mu, Sigma, A, b):
    return A @ mu + b, A @ Sigma @ A.T


def whitening(mu, Sigma):
    A = np.linalg.inv(Sigma)
    return A, -A @ mu


moment_facts = dict.fromkeys(["any_distribution"], True)
moment_facts |= dict.fromkeys(["shift_counts", "square_only", "stays_diagonal", "becomes_gaussian"], False)


# %% q5_moments reject: only scales each entry
def affine_moments(mu, Sigma, A, b):
    return A @ mu + b, A @ Sigma @ A.T


def whitening(mu, Sigma):
    A = np.diag(np.diag(Sigma) ** -0.5)
    return A, -A @ mu


moment_facts = dict.fromkeys(["any_distribution"], True)
moment_facts |= dict.fromkeys(["shift_counts", "square_only", "stays_diagonal", "becomes_gaussian"], False)


# %% q5_moments reject: shifts by the mean after scaling
def affine_moments(mu, Sigma, A, b):
    return A @ mu + b, A @ Sigma @ A.T


def whitening(mu, Sigma):
    A = np.linalg.inv(np.linalg.cholesky(Sigma))
    return A, -mu


moment_facts = dict.fromkeys(["any_distribution"], True)
moment_facts |= dict.fromkeys(["shift_counts", "square_only", "stays_diagonal", "becomes_gaussian"], False)


# %% q5_moments reject: colours in place of whitening
def affine_moments(mu, Sigma, A, b):
    return A @ mu + b, A @ Sigma @ A.T


def whitening(mu, Sigma):
    A = np.linalg.cholesky(Sigma)
    return A, -A @ mu


moment_facts = dict.fromkeys(["any_distribution"], True)
moment_facts |= dict.fromkeys(["shift_counts", "square_only", "stays_diagonal", "becomes_gaussian"], False)


# %% q5_moments reject: believes that only Gaussians have this covariance
def affine_moments(mu, Sigma, A, b):
    return A @ mu + b, A @ Sigma @ A.T


def whitening(mu, Sigma):
    A = np.linalg.inv(np.linalg.cholesky(Sigma))
    return A, -A @ mu


moment_facts = {}
moment_facts |= dict.fromkeys(
    ["shift_counts", "square_only", "stays_diagonal", "becomes_gaussian", "any_distribution"], False
)


# %% q5_moments reject: believes that affine maps make everything Gaussian
def affine_moments(mu, Sigma, A, b):
    return A @ mu + b, A @ Sigma @ A.T


def whitening(mu, Sigma):
    A = np.linalg.inv(np.linalg.cholesky(Sigma))
    return A, -A @ mu


moment_facts = dict.fromkeys(["any_distribution", "becomes_gaussian"], True)
moment_facts |= dict.fromkeys(["shift_counts", "square_only", "stays_diagonal"], False)


# %% q6_gaussian_flow accept: explicit inverses and einsum
def precision_after(A_inv, precision):
    return np.einsum("ki,kl,lj->ij", A_inv, precision, A_inv)


def gaussian_flow_log_pdf(X, mu, Sigma, A, b):
    d = len(mu)
    r = (X - b) @ np.linalg.inv(A).T - mu
    log_z = -0.5 * np.einsum("ni,ij,nj->n", r, np.linalg.inv(Sigma), r)
    log_z = log_z - 0.5 * np.linalg.slogdet(Sigma)[1] - d / 2 * np.log(2 * np.pi)
    return log_z - np.linalg.slogdet(A)[1]


# %% q6_gaussian_flow accept: torch, row by row, with a Cholesky factor
def precision_after(A_inv, precision):
    return (precision @ A_inv).T @ A_inv


def gaussian_flow_log_pdf(X, mu, Sigma, A, b):
    X, mu, Sigma, A, b = (torch.tensor(v) for v in (X, mu, Sigma, A, b))
    half = torch.linalg.cholesky(Sigma)
    Z = torch.stack([torch.linalg.solve(A, row - b) for row in X])
    base = torch.distributions.MultivariateNormal(mu, scale_tril=half)
    return (base.log_prob(Z) - torch.linalg.slogdet(A).logabsdet).numpy()


# %% q6_gaussian_flow reject: pi in place of two pi, as in the source
def precision_after(A_inv, precision):
    return A_inv.T @ precision @ A_inv


def gaussian_flow_log_pdf(X, mu, Sigma, A, b):
    d = len(mu)
    r = (X - b) @ np.linalg.inv(A).T - mu
    log_z = -0.5 * np.einsum("ni,ij,nj->n", r, np.linalg.inv(Sigma), r)
    log_z = log_z - 0.5 * np.linalg.slogdet(Sigma)[1] - d / 2 * np.log(np.pi)
    return log_z - np.linalg.slogdet(A)[1]


# %% q6_gaussian_flow reject: the source's last line: transpose on the wrong factor
def precision_after(A_inv, precision):
    return A_inv @ precision @ A_inv.T


def gaussian_flow_log_pdf(X, mu, Sigma, A, b):
    d = len(mu)
    r = (X - b) @ np.linalg.inv(A).T - mu
    log_z = -0.5 * np.einsum("ni,ij,nj->n", r, np.linalg.inv(Sigma), r)
    log_z = log_z - 0.5 * np.linalg.slogdet(Sigma)[1] - d / 2 * np.log(2 * np.pi)
    return log_z - np.linalg.slogdet(A)[1]


# %% q6_gaussian_flow reject: constant of one dimension
def precision_after(A_inv, precision):
    return A_inv.T @ precision @ A_inv


def gaussian_flow_log_pdf(X, mu, Sigma, A, b):
    r = (X - b) @ np.linalg.inv(A).T - mu
    log_z = -0.5 * np.einsum("ni,ij,nj->n", r, np.linalg.inv(Sigma), r)
    log_z = log_z - 0.5 * np.linalg.slogdet(Sigma)[1] - 0.5 * np.log(2 * np.pi)
    return log_z - np.linalg.slogdet(A)[1]


# %% q6_gaussian_flow reject: logarithm of the determinant without absolute value
def precision_after(A_inv, precision):
    return A_inv.T @ precision @ A_inv


def gaussian_flow_log_pdf(X, mu, Sigma, A, b):
    r = (X - b) @ np.linalg.inv(A).T - mu
    log_z = -0.5 * np.einsum("ni,ij,nj->n", r, np.linalg.inv(Sigma), r)
    log_z = log_z - 0.5 * np.linalg.slogdet(2 * np.pi * Sigma)[1]
    return log_z - np.log(np.linalg.det(A))


# %% q6_gaussian_flow reject: absolute determinant computed before its logarithm
def precision_after(A_inv, precision):
    return A_inv.T @ precision @ A_inv


def gaussian_flow_log_pdf(X, mu, Sigma, A, b):
    r = (X - b) @ np.linalg.inv(A).T - mu
    log_z = -0.5 * np.einsum("ni,ij,nj->n", r, np.linalg.inv(Sigma), r)
    log_z = log_z - 0.5 * np.linalg.slogdet(2 * np.pi * Sigma)[1]
    return log_z - np.log(np.abs(np.linalg.det(A)))


# %% q6_gaussian_flow reject: log-determinant added
def precision_after(A_inv, precision):
    return A_inv.T @ precision @ A_inv


def gaussian_flow_log_pdf(X, mu, Sigma, A, b):
    r = (X - b) @ np.linalg.inv(A).T - mu
    log_z = -0.5 * np.einsum("ni,ij,nj->n", r, np.linalg.inv(Sigma), r)
    log_z = log_z - 0.5 * np.linalg.slogdet(2 * np.pi * Sigma)[1]
    return log_z + np.linalg.slogdet(A)[1]


# %% q6_gaussian_flow reject: forms the new covariance, which underflows
def precision_after(A_inv, precision):
    return A_inv.T @ precision @ A_inv


def gaussian_flow_log_pdf(X, mu, Sigma, A, b):
    cov = A @ Sigma @ A.T
    try:
        inverse = np.linalg.inv(cov)
    except np.linalg.LinAlgError:
        return np.full(len(X), np.nan)
    r = X - (A @ mu + b)
    return -0.5 * np.einsum("ni,ij,nj->n", r, inverse, r) - 0.5 * np.linalg.slogdet(2 * np.pi * cov)[1]


# %% q6_gaussian_flow equivalent: a quadratic form does not see the sign
# swapped-operands-14c5ad


# %% q7_inverse_chain accept: the whole forward product, inverted at the end
def states(layers, x):
    found = [x]
    for _, inverse, _ in layers[::-1]:
        found.append(inverse(found[-1]))
    return found[::-1]


def inverse_jacobian(layers, x):
    J = np.eye(len(x))
    for layer, h in zip(layers, states(layers, x)):
        J = layer[2](h) @ J
    return np.linalg.inv(J)


def inverse_logabsdet(layers, x):
    total, h = 0.0, x
    for _, inverse, jacobian in reversed(layers):
        h = inverse(h)
        total += np.linalg.slogdet(np.linalg.inv(jacobian(h)))[1]
    return total


# %% q7_inverse_chain accept: recursion over the layers, with torch
def states(layers, x):
    if not layers:
        return (x,)
    return (*states(layers[:-1], layers[-1][1](x)), x)


def inverse_jacobian(layers, x):
    if not layers:
        return np.eye(len(x))
    h = layers[-1][1](x)
    return np.linalg.solve(layers[-1][2](h).T, inverse_jacobian(layers[:-1], h).T).T


def inverse_logabsdet(layers, x):
    places = states(layers, x)
    jacobians = [torch.tensor(layers[k][2](places[k])) for k in range(len(layers))]
    return -float(torch.linalg.slogdet(torch.stack(jacobians)).logabsdet.sum()) if layers else 0.0


# %% q7_inverse_chain reject: factors in the order of the forward chain
def states(layers, x):
    found = [x]
    for _, inverse, _ in layers[::-1]:
        found.append(inverse(found[-1]))
    return found[::-1]


def inverse_jacobian(layers, x):
    J = np.eye(len(x))
    for layer, h in zip(layers, states(layers, x)):
        J = np.linalg.inv(layer[2](h)) @ J
    return J


def inverse_logabsdet(layers, x):
    return float(-sum(np.linalg.slogdet(layer[2](h))[1] for layer, h in zip(layers, states(layers, x))))


# %% q7_inverse_chain reject: states one too late: Jacobians taken at the outputs of their layers
def states(layers, x):
    found = [x]
    for _, inverse, _ in layers[::-1]:
        found.append(inverse(found[-1]))
    return found[::-1]


def inverse_jacobian(layers, x):
    J = np.eye(len(x))
    for layer, h in zip(layers, states(layers, x)[1:]):
        J = layer[2](h) @ J
    return np.linalg.inv(J)


def inverse_logabsdet(layers, x):
    return float(-sum(np.linalg.slogdet(layer[2](h))[1] for layer, h in zip(layers, states(layers, x)[1:])))


# %% q7_inverse_chain reject: the source's indices: each inverse taken at the output of the next layer
def states(layers, x):
    found = [x]
    for _, inverse, _ in layers[::-1]:
        found.append(inverse(found[-1]))
    return found[::-1]


def inverse_jacobian(layers, x):
    h, J = states(layers, x), np.eye(len(x))
    for k in reversed(range(len(layers))):
        argument = h[min(k + 2, len(layers))]
        J = np.linalg.inv(layers[k][2](layers[k][1](argument))) @ J
    return J


def inverse_logabsdet(layers, x):
    return float(-sum(np.linalg.slogdet(layer[2](h))[1] for layer, h in zip(layers, states(layers, x))))


# %% q7_inverse_chain reject: the forward Jacobian, not inverted
def states(layers, x):
    found = [x]
    for _, inverse, _ in layers[::-1]:
        found.append(inverse(found[-1]))
    return found[::-1]


def inverse_jacobian(layers, x):
    J = np.eye(len(x))
    for layer, h in zip(layers, states(layers, x)):
        J = layer[2](h) @ J
    return J


def inverse_logabsdet(layers, x):
    return float(sum(np.linalg.slogdet(layer[2](h))[1] for layer, h in zip(layers, states(layers, x))))


# %% q7_inverse_chain reject: transposed
def states(layers, x):
    found = [x]
    for _, inverse, _ in layers[::-1]:
        found.append(inverse(found[-1]))
    return found[::-1]


def inverse_jacobian(layers, x):
    J = np.eye(len(x))
    for layer, h in zip(layers, states(layers, x)):
        J = layer[2](h) @ J
    return np.linalg.inv(J).T


def inverse_logabsdet(layers, x):
    return float(-sum(np.linalg.slogdet(layer[2](h))[1] for layer, h in zip(layers, states(layers, x))))


# %% q7_inverse_chain reject: the determinant of the whole product, which underflows
def states(layers, x):
    found = [x]
    for _, inverse, _ in layers[::-1]:
        found.append(inverse(found[-1]))
    return found[::-1]


def inverse_jacobian(layers, x):
    J = np.eye(len(x))
    for k in range(len(layers) - 1, -1, -1):
        J = np.linalg.inv(layers[k][2](states(layers, x)[k])) @ J
    return J


def inverse_logabsdet(layers, x):
    return float(np.log(np.abs(np.linalg.det(inverse_jacobian(layers, x)))))


# %% q7_inverse_chain reject: no absolute value
def states(layers, x):
    found = [x]
    for _, inverse, _ in layers[::-1]:
        found.append(inverse(found[-1]))
    return found[::-1]


def inverse_jacobian(layers, x):
    J = np.eye(len(x))
    for k in range(len(layers) - 1, -1, -1):
        J = np.linalg.inv(layers[k][2](states(layers, x)[k])) @ J
    return J


def inverse_logabsdet(layers, x):
    h = states(layers, x)
    return float(-sum(np.log(np.linalg.det(layers[k][2](h[k]))) for k in range(len(layers))))


# %% q7_inverse_chain reject: layers undone in forward order
def states(layers, x):
    found = [x]
    for _, inverse, _ in layers:
        found.insert(0, inverse(found[0]))
    return found


def inverse_jacobian(layers, x):
    J = np.eye(len(x))
    for k in range(len(layers) - 1, -1, -1):
        J = np.linalg.inv(layers[k][2](states(layers, x)[k])) @ J
    return J


def inverse_logabsdet(layers, x):
    return float(-sum(np.linalg.slogdet(layer[2](h))[1] for layer, h in zip(layers, states(layers, x))))


# %% q8_leaky_relu accept: leaky ReLU with a slope above one
def leaky_inverse(x, slope):
    return torch.nn.functional.leaky_relu(x, 1 / slope)


def log_inverse_absdet(z, slope):
    return torch.where(z < 0, math.log(1 / slope), 0.0).sum(dim=1).to(z.dtype)


# %% q8_leaky_relu accept: minimum and maximum, counts with NumPy
def leaky_inverse(x, slope):
    return x.clamp(min=0) + x.clamp(max=0) / slope


def log_inverse_absdet(z, slope):
    counts = np.count_nonzero(z.numpy() < 0, axis=1)
    return torch.tensor(counts * -np.log(slope), dtype=z.dtype)


# %% q8_leaky_relu reject: shrinks once more
def leaky_inverse(x, slope):
    return torch.where(x < 0, x * slope, x)


def log_inverse_absdet(z, slope):
    return torch.where(z < 0, math.log(1 / slope), 0.0).sum(dim=1).to(z.dtype)


# %% q8_leaky_relu reject: a slope of 0.1 for all
def leaky_inverse(x, slope):
    return torch.where(x < 0, 10 * x, x)


def log_inverse_absdet(z, slope):
    return math.log(10) * (z < 0).sum(dim=1).to(z.dtype)


# %% q8_leaky_relu reject: the determinant itself
def leaky_inverse(x, slope):
    return torch.nn.functional.leaky_relu(x, 1 / slope)


def log_inverse_absdet(z, slope):
    return math.log(slope) * (z < 0).sum(dim=1).to(z.dtype)


# %% q8_leaky_relu reject: all entries count, whatever their sign
def leaky_inverse(x, slope):
    return torch.nn.functional.leaky_relu(x, 1 / slope)


def log_inverse_absdet(z, slope):
    return torch.full((len(z),), -math.log(slope) * z.shape[1], dtype=z.dtype)


# %% q8_leaky_relu reject: one number for the whole batch
def leaky_inverse(x, slope):
    return torch.nn.functional.leaky_relu(x, 1 / slope)


def log_inverse_absdet(z, slope):
    return (-math.log(slope) * (z < 0).sum().to(z.dtype)).expand(len(z))


# %% q8_leaky_relu reject: logarithm of the product, which underflows
def leaky_inverse(x, slope):
    return torch.nn.functional.leaky_relu(x, 1 / slope)


def log_inverse_absdet(z, slope):
    return -torch.where(z < 0, slope, 1.0).prod(dim=1).log().to(z.dtype)


# %% q8_leaky_relu reject: zero counts as negative
def leaky_inverse(x, slope):
    return torch.nn.functional.leaky_relu(x, 1 / slope)


def log_inverse_absdet(z, slope):
    return -math.log(slope) * (z <= 0).sum(dim=1).to(z.dtype)


# %% q8_leaky_relu equivalent: at zero both branches give zero
# wrong-boundary-1de1c5


# %% q9_piecewise_linear accept: interpolation between the corners
def pwl_flow(h, phi):
    K = len(phi)
    out = np.interp(h, np.linspace(0, 1, K + 1), np.append(0.0, np.cumsum(phi)))
    b = np.minimum(np.floor(K * h), K - 1).astype(int)
    return out, h.shape[1] * np.log(K) + np.log(phi)[b].sum(axis=1)


def pwl_jacobian(h, phi):
    K = len(phi)
    return np.diag(K * phi[np.minimum(np.floor(K * h).astype(int), K - 1)])


def pwl_inverse(out, phi):
    return np.interp(out, np.concatenate([[0.0], np.cumsum(phi)]), np.linspace(0, 1, len(phi) + 1))


# %% q9_piecewise_linear accept: every bin adds the share of it that lies to the left
def pwl_flow(h, phi):
    K = len(phi)
    shares = np.clip(K * h[..., None] - np.arange(K), 0, 1)
    inside_bin = (K * h[..., None] >= np.arange(K)) & (K * h[..., None] < np.arange(1, K + 1))
    inside_bin[..., -1] |= h >= 1
    return shares @ phi, (inside_bin @ np.log(K * phi)).sum(axis=-1)


def pwl_jacobian(h, phi):
    J = np.zeros((len(h), len(h)))
    for d, value in enumerate(h):
        J[d, d] = len(phi) * phi[min(int(len(phi) * value), len(phi) - 1)]
    return J


def pwl_inverse(out, phi):
    starts = np.cumsum(phi) - phi
    return np.clip((out[..., None] - starts) / phi, 0, 1).sum(axis=-1) / len(phi)


# %% q9_piecewise_linear reject: the width of a bin forgotten
def pwl_flow(h, phi):
    K = len(phi)
    b = np.clip(np.floor(K * h).astype(int), 0, K - 1)
    edges = np.concatenate([[0.0], np.cumsum(phi)])
    return edges[b] + (K * h - b) * phi[b], np.log(phi[b]).sum(axis=1)


def pwl_jacobian(h, phi):
    return np.diag(phi[np.minimum(np.floor(len(phi) * h).astype(int), len(phi) - 1)])


def pwl_inverse(out, phi):
    return np.interp(out, np.concatenate([[0.0], np.cumsum(phi)]), np.linspace(0, 1, len(phi) + 1))


# %% q9_piecewise_linear reject: slope of the neighbouring bin
def pwl_flow(h, phi):
    K = len(phi)
    b = np.clip(np.floor(K * h).astype(int), 0, K - 1)
    edges = np.concatenate([[0.0], np.cumsum(phi)])
    return edges[b] + (K * h - b) * phi[b], np.log(K * phi[np.minimum(b + 1, K - 1)]).sum(axis=1)


def pwl_jacobian(h, phi):
    K = len(phi)
    return np.diag(K * phi[np.minimum(np.floor(K * h).astype(int), K - 1)])


def pwl_inverse(out, phi):
    return np.interp(out, np.concatenate([[0.0], np.cumsum(phi)]), np.linspace(0, 1, len(phi) + 1))


# %% q9_piecewise_linear reject: logarithm of the sum of the slopes
def pwl_flow(h, phi):
    K = len(phi)
    b = np.clip(np.floor(K * h).astype(int), 0, K - 1)
    edges = np.concatenate([[0.0], np.cumsum(phi)])
    return edges[b] + (K * h - b) * phi[b], np.log((K * phi[b]).sum(axis=1))


def pwl_jacobian(h, phi):
    K = len(phi)
    return np.diag(K * phi[np.minimum(np.floor(K * h).astype(int), K - 1)])


def pwl_inverse(out, phi):
    return np.interp(out, np.concatenate([[0.0], np.cumsum(phi)]), np.linspace(0, 1, len(phi) + 1))


# %% q9_piecewise_linear reject: the product, which underflows
def pwl_flow(h, phi):
    K = len(phi)
    b = np.clip(np.floor(K * h).astype(int), 0, K - 1)
    edges = np.concatenate([[0.0], np.cumsum(phi)])
    return edges[b] + (K * h - b) * phi[b], np.log((K * phi[b]).prod(axis=1))


def pwl_jacobian(h, phi):
    K = len(phi)
    return np.diag(K * phi[np.minimum(np.floor(K * h).astype(int), K - 1)])


def pwl_inverse(out, phi):
    return np.interp(out, np.concatenate([[0.0], np.cumsum(phi)]), np.linspace(0, 1, len(phi) + 1))


# %% q9_piecewise_linear reject: no bin for the upper end
def pwl_flow(h, phi):
    K = len(phi)
    b = np.floor(K * h).astype(int)
    edges = np.concatenate([[0.0], np.cumsum(phi)])
    phi = np.append(phi, 0.0)
    with np.errstate(divide="ignore"):
        return edges[b] + (K * h - b) * phi[b], np.log(K * phi[b]).sum(axis=1)


def pwl_jacobian(h, phi):
    K = len(phi)
    return np.diag(K * phi[np.minimum(np.floor(K * h).astype(int), K - 1)])


def pwl_inverse(out, phi):
    return np.interp(out, np.concatenate([[0.0], np.cumsum(phi)]), np.linspace(0, 1, len(phi) + 1))


# %% q9_piecewise_linear reject: the bin itself counted in the sum before it
def pwl_flow(h, phi):
    K = len(phi)
    b = np.clip(np.floor(K * h).astype(int), 0, K - 1)
    return np.cumsum(phi)[b] + (K * h - b) * phi[b], np.log(K * phi[b]).sum(axis=1)


def pwl_jacobian(h, phi):
    K = len(phi)
    return np.diag(K * phi[np.minimum(np.floor(K * h).astype(int), K - 1)])


def pwl_inverse(out, phi):
    return np.interp(out, np.concatenate([[0.0], np.cumsum(phi)]), np.linspace(0, 1, len(phi) + 1))


# %% q9_piecewise_linear reject: looks up the bins of the output as if they were equally high
def pwl_flow(h, phi):
    K = len(phi)
    b = np.clip(np.floor(K * h).astype(int), 0, K - 1)
    edges = np.concatenate([[0.0], np.cumsum(phi)])
    return edges[b] + (K * h - b) * phi[b], np.log(K * phi[b]).sum(axis=1)


def pwl_jacobian(h, phi):
    K = len(phi)
    return np.diag(K * phi[np.minimum(np.floor(K * h).astype(int), K - 1)])


def pwl_inverse(out, phi):
    K = len(phi)
    b = np.minimum(np.floor(K * out).astype(int), K - 1)
    return (b + (out - (np.cumsum(phi) - phi)[b]) / phi[b]) / K


# %% q9_piecewise_linear reject: a Jacobian with the slopes in columns
def pwl_flow(h, phi):
    K = len(phi)
    b = np.clip(np.floor(K * h).astype(int), 0, K - 1)
    edges = np.concatenate([[0.0], np.cumsum(phi)])
    return edges[b] + (K * h - b) * phi[b], np.log(K * phi[b]).sum(axis=1)


def pwl_jacobian(h, phi):
    K = len(phi)
    slopes = K * phi[np.minimum(np.floor(K * h).astype(int), K - 1)]
    return np.tile(slopes, (len(h), 1))


def pwl_inverse(out, phi):
    return np.interp(out, np.concatenate([[0.0], np.cumsum(phi)]), np.linspace(0, 1, len(phi) + 1))


# %% q10_square_roots accept: every bin adds the root of its share
def sqrt_flow(h, phi):
    shares = np.clip(len(phi) * h[..., None] - np.arange(len(phi)), 0, 1)
    return np.sqrt(shares * phi).sum(axis=-1)


def sqrt_flow_inverse(y, phi):
    roots = np.sqrt(phi)
    reached = np.clip(y[..., None] - (np.cumsum(roots) - roots), 0, roots)
    return (reached**2 / phi).mean(axis=-1)


def sqrt_flow_density(y, phi):
    ends = np.cumsum(np.sqrt(phi))
    starts = ends - np.sqrt(phi)
    there = (y[..., None] > starts) & (y[..., None] <= ends)
    return (there * 2 * (y[..., None] - starts) / phi).mean(axis=-1)


# %% q10_square_roots accept: one number at a time
def sqrt_flow(h, phi):
    K = len(phi)
    b = np.minimum(np.floor(K * h).astype(int), K - 1)
    edges = np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    return edges[b] + np.sqrt((K * h - b) * phi[b])


def sqrt_flow_inverse(y, phi):
    def one(v):
        for b, p in enumerate(phi):
            if v <= math.sqrt(p) or b == len(phi) - 1:
                return (b + v * v / p) / len(phi)
            v -= math.sqrt(p)

    return np.array([one(v) for v in y.ravel().tolist()]).reshape(y.shape)


def sqrt_flow_density(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return np.where((y >= 0) & (y <= edges[-1]), 2 * (y - edges[b]) / (K * phi[b]), 0.0)


# %% q10_square_roots reject: the source's indices: the root of the last full bin, and the sum up to it
def sqrt_flow(h, phi):
    K = len(phi)
    b = np.floor(K * h).astype(int)
    padded = np.append(0.0, phi)
    return np.sqrt((K * h - b) * padded[b]) + np.cumsum(np.sqrt(padded))[b]


def sqrt_flow_inverse(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return (b + (y - edges[b]) ** 2 / phi[b]) / K


def sqrt_flow_density(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return np.where((y >= 0) & (y <= edges[-1]), 2 * (y - edges[b]) / (K * phi[b]), 0.0)


# %% q10_square_roots reject: root of the sum in place of sum of the roots
def sqrt_flow(h, phi):
    K = len(phi)
    b = np.minimum(np.floor(K * h).astype(int), K - 1)
    edges = np.concatenate([[0.0], np.cumsum(phi)])
    return np.sqrt(edges[b] + (K * h - b) * phi[b])


def sqrt_flow_inverse(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return (b + (y - edges[b]) ** 2 / phi[b]) / K


def sqrt_flow_density(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return np.where((y >= 0) & (y <= edges[-1]), 2 * (y - edges[b]) / (K * phi[b]), 0.0)


# %% q10_square_roots reject: no root in the bins before
def sqrt_flow(h, phi):
    K = len(phi)
    b = np.minimum(np.floor(K * h).astype(int), K - 1)
    edges = np.concatenate([[0.0], np.cumsum(phi)])
    return edges[b] + np.sqrt((K * h - b) * phi[b])


def sqrt_flow_inverse(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return (b + (y - edges[b]) ** 2 / phi[b]) / K


def sqrt_flow_density(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return np.where((y >= 0) & (y <= edges[-1]), 2 * (y - edges[b]) / (K * phi[b]), 0.0)


# %% q10_square_roots reject: one over the function
def sqrt_flow(h, phi):
    K = len(phi)
    b = np.minimum(np.floor(K * h).astype(int), K - 1)
    edges = np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    return edges[b] + np.sqrt((K * h - b) * phi[b])


def sqrt_flow_inverse(y, phi):
    return np.where(y > 0, 1 / sqrt_flow(np.minimum(y / np.sqrt(phi).sum(), 1), phi), 0.0)


def sqrt_flow_density(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return np.where((y >= 0) & (y <= edges[-1]), 2 * (y - edges[b]) / (K * phi[b]), 0.0)


# %% q10_square_roots reject: the inverse without its square
def sqrt_flow(h, phi):
    K = len(phi)
    b = np.minimum(np.floor(K * h).astype(int), K - 1)
    edges = np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    return edges[b] + np.sqrt((K * h - b) * phi[b])


def sqrt_flow_inverse(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return (b + (y - edges[b]) / np.sqrt(phi[b])) / K


def sqrt_flow_density(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return np.where((y >= 0) & (y <= edges[-1]), 2 * (y - edges[b]) / (K * phi[b]), 0.0)


# %% q10_square_roots reject: divides by phi squared
def sqrt_flow(h, phi):
    K = len(phi)
    b = np.minimum(np.floor(K * h).astype(int), K - 1)
    edges = np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    return edges[b] + np.sqrt((K * h - b) * phi[b])


def sqrt_flow_inverse(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return (b + ((y - edges[b]) / phi[b]) ** 2) / K


def sqrt_flow_density(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return np.where((y >= 0) & (y <= edges[-1]), 2 * (y - edges[b]) / (K * phi[b]), 0.0)


# %% q10_square_roots reject: the slope of the map as density
def sqrt_flow(h, phi):
    K = len(phi)
    b = np.minimum(np.floor(K * h).astype(int), K - 1)
    edges = np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    return edges[b] + np.sqrt((K * h - b) * phi[b])


def sqrt_flow_inverse(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return (b + (y - edges[b]) ** 2 / phi[b]) / K


def sqrt_flow_density(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    with np.errstate(divide="ignore"):
        return np.where((y >= 0) & (y <= edges[-1]), K * phi[b] / (2 * (y - edges[b])), 0.0)


# %% q10_square_roots reject: number of bins forgotten in the density
def sqrt_flow(h, phi):
    K = len(phi)
    b = np.minimum(np.floor(K * h).astype(int), K - 1)
    edges = np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    return edges[b] + np.sqrt((K * h - b) * phi[b])


def sqrt_flow_inverse(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return (b + (y - edges[b]) ** 2 / phi[b]) / K


def sqrt_flow_density(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return np.where((y >= 0) & (y <= edges[-1]), 2 * (y - edges[b]) / phi[b], 0.0)


# %% q10_square_roots reject: the density is not zero outside
def sqrt_flow(h, phi):
    K = len(phi)
    b = np.minimum(np.floor(K * h).astype(int), K - 1)
    edges = np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    return edges[b] + np.sqrt((K * h - b) * phi[b])


def sqrt_flow_inverse(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return (b + (y - edges[b]) ** 2 / phi[b]) / K


def sqrt_flow_density(y, phi):
    K, edges = len(phi), np.concatenate([[0.0], np.cumsum(np.sqrt(phi))])
    b = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, K - 1)
    return 2 * np.abs(y - edges[b]) / (K * phi[b])


# %% q11_residual_flow accept: slices
def residual_flow(h, f1, f2):
    d = h.shape[1] // 2
    top = h[:, :d] + f1(h[:, d:])
    return torch.hstack([top, h[:, d:] + f2(top)])


def residual_flow_inverse(out, f1, f2):
    d = out.shape[1] // 2
    bottom = out[:, d:] - f2(out[:, :d])
    return torch.hstack([out[:, :d] - f1(bottom), bottom])


def jacobian_pattern(d, kind):
    eye = np.eye(d) > 0
    block = np.full((d, d), True) if kind == "dense" else eye
    return np.vstack([np.hstack([eye, block]), np.hstack([block, block])])


def residual_logdet(h):
    return h.new_zeros(h.shape[0])


# %% q11_residual_flow accept: in place on a copy, the pattern from a product of patterns
def residual_flow(h, f1, f2):
    out, d = h.clone(), h.shape[1] // 2
    out[:, :d] += f1(out[:, d:])
    out[:, d:] += f2(out[:, :d])
    return out


def residual_flow_inverse(out, f1, f2):
    h, d = out.clone(), out.shape[1] // 2
    h[:, d:] -= f2(h[:, :d])
    h[:, :d] -= f1(h[:, d:])
    return h


def jacobian_pattern(d, kind):
    mixing = 1 if kind == "dense" else np.eye(d)
    first, second = np.eye(2 * d), np.eye(2 * d)
    first[:d, d:] = mixing
    second[d:, :d] = mixing
    return second @ first > 0


def residual_logdet(h):
    return 0 * h[:, 0]


# %% q11_residual_flow reject: the second function sees the old first half
def residual_flow(h, f1, f2):
    d = h.shape[1] // 2
    return torch.hstack([h[:, :d] + f1(h[:, d:]), h[:, d:] + f2(h[:, :d])])


def residual_flow_inverse(out, f1, f2):
    d = out.shape[1] // 2
    bottom = out[:, d:] - f2(out[:, :d])
    return torch.hstack([out[:, :d] - f1(bottom), bottom])


def jacobian_pattern(d, kind):
    eye = np.eye(d) > 0
    block = np.full((d, d), True) if kind == "dense" else eye
    return np.vstack([np.hstack([eye, block]), np.hstack([block, block])])


def residual_logdet(h):
    return h.new_zeros(h.shape[0])


# %% q11_residual_flow reject: undone in the order in which it was done
def residual_flow(h, f1, f2):
    d = h.shape[1] // 2
    top = h[:, :d] + f1(h[:, d:])
    return torch.hstack([top, h[:, d:] + f2(top)])


def residual_flow_inverse(out, f1, f2):
    d = out.shape[1] // 2
    top = out[:, :d] - f1(out[:, d:])
    return torch.hstack([top, out[:, d:] - f2(top)])


def jacobian_pattern(d, kind):
    eye = np.eye(d) > 0
    block = np.full((d, d), True) if kind == "dense" else eye
    return np.vstack([np.hstack([eye, block]), np.hstack([block, block])])


def residual_logdet(h):
    return h.new_zeros(h.shape[0])


# %% q11_residual_flow reject: both halves of the inverse from the output
def residual_flow(h, f1, f2):
    d = h.shape[1] // 2
    top = h[:, :d] + f1(h[:, d:])
    return torch.hstack([top, h[:, d:] + f2(top)])


def residual_flow_inverse(out, f1, f2):
    d = out.shape[1] // 2
    return torch.hstack([out[:, :d] - f1(out[:, d:]), out[:, d:] - f2(out[:, :d])])


def jacobian_pattern(d, kind):
    eye = np.eye(d) > 0
    block = np.full((d, d), True) if kind == "dense" else eye
    return np.vstack([np.hstack([eye, block]), np.hstack([block, block])])


def residual_logdet(h):
    return h.new_zeros(h.shape[0])


# %% q11_residual_flow reject: lower right block diagonal, as for the old first half
def residual_flow(h, f1, f2):
    d = h.shape[1] // 2
    top = h[:, :d] + f1(h[:, d:])
    return torch.hstack([top, h[:, d:] + f2(top)])


def residual_flow_inverse(out, f1, f2):
    d = out.shape[1] // 2
    bottom = out[:, d:] - f2(out[:, :d])
    return torch.hstack([out[:, :d] - f1(bottom), bottom])


def jacobian_pattern(d, kind):
    eye = np.eye(d) > 0
    block = np.full((d, d), True) if kind == "dense" else eye
    return np.block([[eye, block], [block, eye]])


def residual_logdet(h):
    return h.new_zeros(h.shape[0])


# %% q11_residual_flow reject: upper left block full
def residual_flow(h, f1, f2):
    d = h.shape[1] // 2
    top = h[:, :d] + f1(h[:, d:])
    return torch.hstack([top, h[:, d:] + f2(top)])


def residual_flow_inverse(out, f1, f2):
    d = out.shape[1] // 2
    bottom = out[:, d:] - f2(out[:, :d])
    return torch.hstack([out[:, :d] - f1(bottom), bottom])


def jacobian_pattern(d, kind):
    eye = np.eye(d) > 0
    block = np.full((d, d), True) if kind == "dense" else eye
    return np.block([[block, block], [block, block]])


def residual_logdet(h):
    return h.new_zeros(h.shape[0])


# %% q11_residual_flow reject: the pattern of a coupling layer
def residual_flow(h, f1, f2):
    d = h.shape[1] // 2
    top = h[:, :d] + f1(h[:, d:])
    return torch.hstack([top, h[:, d:] + f2(top)])


def residual_flow_inverse(out, f1, f2):
    d = out.shape[1] // 2
    bottom = out[:, d:] - f2(out[:, :d])
    return torch.hstack([out[:, :d] - f1(bottom), bottom])


def jacobian_pattern(d, kind):
    eye = np.eye(d) > 0
    block = np.full((d, d), True) if kind == "dense" else eye
    return np.block([[eye, eye & False], [block, eye]])


def residual_logdet(h):
    return h.new_zeros(h.shape[0])


# %% q11_residual_flow reject: elementwise taken as no mixing at all
def residual_flow(h, f1, f2):
    d = h.shape[1] // 2
    top = h[:, :d] + f1(h[:, d:])
    return torch.hstack([top, h[:, d:] + f2(top)])


def residual_flow_inverse(out, f1, f2):
    d = out.shape[1] // 2
    bottom = out[:, d:] - f2(out[:, :d])
    return torch.hstack([out[:, :d] - f1(bottom), bottom])


def jacobian_pattern(d, kind):
    eye = np.eye(d) > 0
    block = np.full((d, d), True) if kind == "dense" else np.full((d, d), False)
    return np.block([[eye, block], [block, block | eye]])


def residual_logdet(h):
    return h.new_zeros(h.shape[0])


# %% q11_residual_flow reject: the determinant in place of its logarithm
def residual_flow(h, f1, f2):
    d = h.shape[1] // 2
    top = h[:, :d] + f1(h[:, d:])
    return torch.hstack([top, h[:, d:] + f2(top)])


def residual_flow_inverse(out, f1, f2):
    d = out.shape[1] // 2
    bottom = out[:, d:] - f2(out[:, :d])
    return torch.hstack([out[:, :d] - f1(bottom), bottom])


def jacobian_pattern(d, kind):
    eye = np.eye(d) > 0
    block = np.full((d, d), True) if kind == "dense" else eye
    return np.vstack([np.hstack([eye, block]), np.hstack([block, block])])


def residual_logdet(h):
    return torch.ones(len(h), dtype=h.dtype)


# %% q11_residual_flow reject: two for each diagonal entry: identity plus identity
def residual_flow(h, f1, f2):
    d = h.shape[1] // 2
    top = h[:, :d] + f1(h[:, d:])
    return torch.hstack([top, h[:, d:] + f2(top)])


def residual_flow_inverse(out, f1, f2):
    d = out.shape[1] // 2
    bottom = out[:, d:] - f2(out[:, :d])
    return torch.hstack([out[:, :d] - f1(bottom), bottom])


def jacobian_pattern(d, kind):
    eye = np.eye(d) > 0
    block = np.full((d, d), True) if kind == "dense" else eye
    return np.vstack([np.hstack([eye, block]), np.hstack([block, block])])


def residual_logdet(h):
    return torch.full((len(h),), h.shape[1] * math.log(2), dtype=h.dtype)


# %% q12_reverse_kl accept: torch's normal distribution
def reverse_kl(f, z, log_q):
    x, logabsdet = f(z)
    base = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(dim=1)
    return (base - logabsdet - log_q(x)).mean()


# %% q12_reverse_kl accept: three means, one after the other
def reverse_kl(f, z, log_q):
    n, d = z.shape
    x, logabsdet = f(z)
    entropy = d * (math.log(2 * math.pi)) / 2 + z.square().sum() / (2 * n)
    return -entropy - torch.mean(logabsdet) - torch.mean(log_q(x))


# %% q12_reverse_kl reject: the sign of the source: the log-density of the samples
def reverse_kl(f, z, log_q):
    x, _ = f(z)
    return log_q(x).mean()


# %% q12_reverse_kl reject: no volume term, so everything shrinks onto the highest point
def reverse_kl(f, z, log_q):
    x, _ = f(z)
    base = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(dim=1)
    return (base - log_q(x)).mean()


# %% q12_reverse_kl reject: volume term added
def reverse_kl(f, z, log_q):
    x, logabsdet = f(z)
    base = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(dim=1)
    return (base + logabsdet - log_q(x)).mean()


# %% q12_reverse_kl reject: base term left out
def reverse_kl(f, z, log_q):
    x, logabsdet = f(z)
    return (-logabsdet - log_q(x)).mean()


# %% q12_reverse_kl reject: base density taken at x
def reverse_kl(f, z, log_q):
    x, logabsdet = f(z)
    base = torch.distributions.Normal(0.0, 1.0).log_prob(x).sum(dim=1)
    return (base - logabsdet - log_q(x)).mean()


# %% q12_reverse_kl reject: target density taken at z
def reverse_kl(f, z, log_q):
    _, logabsdet = f(z)
    base = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(dim=1)
    return (base - logabsdet - log_q(z)).mean()


# %% q12_reverse_kl reject: constant of one dimension
def reverse_kl(f, z, log_q):
    x, logabsdet = f(z)
    base = -(z**2).sum(dim=1) / 2 - math.log(2 * math.pi) / 2
    return (base - logabsdet - log_q(x)).mean()


# %% q12_reverse_kl reject: no gradient comes through
def reverse_kl(f, z, log_q):
    x, logabsdet = f(z)
    base = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(dim=1)
    return (base - logabsdet.detach() - log_q(x)).mean()


# %% q12_reverse_kl reject: the sum in place of the mean
def reverse_kl(f, z, log_q):
    x, logabsdet = f(z)
    base = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(dim=1)
    return (base - logabsdet - log_q(x)).sum()


# %% q13_fit_a_density accept: Adam in float32
def fit_affine(log_q, start, seed):
    torch.manual_seed(seed)
    z = torch.randn(5000)
    m = torch.full((), float(start), requires_grad=True)
    log_s = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.Adam([m, log_s], lr=0.1)
    for _ in range(200):
        loss = -log_s - log_q(m + log_s.exp() * z).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return m.item(), float(log_s.exp())


fit_facts = {key: key == "kappa_shifts_loss" for key in ("kappa_shifts_loss", "inverse_evaluated", "any_map")}
fit_facts.update(kappa_moves_minimum=False, slope_can_go=False, covers_all_bumps=False)


# %% q13_fit_a_density accept: with the base term, and with softplus in place of the exponential
def fit_affine(log_q, start, seed):
    z = torch.randn(5000, generator=torch.Generator().manual_seed(seed))
    m = torch.tensor(float(start), requires_grad=True)
    raw = torch.tensor(math.log(math.e - 1), requires_grad=True)
    base = -0.5 * z**2 - 0.5 * math.log(2 * math.pi)
    optimizer = torch.optim.Adam([m, raw], lr=0.1)
    for _ in range(250):
        s = torch.nn.functional.softplus(raw)
        loss = (base - torch.log(s) - log_q(m + s * z)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return m.item(), torch.nn.functional.softplus(raw).item()


fit_facts = dict.fromkeys(["kappa_shifts_loss"], True)
fit_facts |= dict.fromkeys(
    ["kappa_moves_minimum", "inverse_evaluated", "any_map", "slope_can_go", "covers_all_bumps"], False
)


# %% q13_fit_a_density reject: the sign of the source
def fit_affine(log_q, start, seed):
    torch.manual_seed(seed)
    z = torch.randn(5000)
    m = torch.full((), float(start), requires_grad=True)
    log_s = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.Adam([m, log_s], lr=0.1)
    for _ in range(60):
        loss = log_q(m + log_s.exp() * z).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return m.item(), float(log_s.exp())


fit_facts = dict.fromkeys(["kappa_shifts_loss"], True)
fit_facts |= dict.fromkeys(
    ["kappa_moves_minimum", "inverse_evaluated", "any_map", "slope_can_go", "covers_all_bumps"], False
)


# %% q13_fit_a_density reject: log-density only: the width shrinks to nothing
def fit_affine(log_q, start, seed):
    torch.manual_seed(seed)
    z = torch.randn(5000)
    m = torch.full((), float(start), requires_grad=True)
    log_s = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.Adam([m, log_s], lr=0.1)
    for _ in range(60):
        loss = -log_q(m + log_s.exp() * z).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return m.item(), float(log_s.exp())


fit_facts = dict.fromkeys(["kappa_shifts_loss"], True)
fit_facts |= dict.fromkeys(
    ["kappa_moves_minimum", "inverse_evaluated", "any_map", "slope_can_go", "covers_all_bumps"], False
)


# %% q13_fit_a_density reject: volume term added
def fit_affine(log_q, start, seed):
    torch.manual_seed(seed)
    z = torch.randn(5000)
    m = torch.full((), float(start), requires_grad=True)
    log_s = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.Adam([m, log_s], lr=0.1)
    for _ in range(60):
        loss = log_s - log_q(m + log_s.exp() * z).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return m.item(), float(log_s.exp())


fit_facts = dict.fromkeys(["kappa_shifts_loss"], True)
fit_facts |= dict.fromkeys(
    ["kappa_moves_minimum", "inverse_evaluated", "any_map", "slope_can_go", "covers_all_bumps"], False
)


# %% q13_fit_a_density reject: returns the logarithm of s
def fit_affine(log_q, start, seed):
    torch.manual_seed(seed)
    z = torch.randn(5000)
    m = torch.full((), float(start), requires_grad=True)
    log_s = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.Adam([m, log_s], lr=0.1)
    for _ in range(60):
        loss = -log_s - log_q(m + log_s.exp() * z).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return m.item(), log_s.item()


fit_facts = dict.fromkeys(["kappa_shifts_loss"], True)
fit_facts |= dict.fromkeys(
    ["kappa_moves_minimum", "inverse_evaluated", "any_map", "slope_can_go", "covers_all_bumps"], False
)


# %% q13_fit_a_density reject: returns the variance
def fit_affine(log_q, start, seed):
    torch.manual_seed(seed)
    z = torch.randn(5000)
    m = torch.full((), float(start), requires_grad=True)
    log_s = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.Adam([m, log_s], lr=0.1)
    for _ in range(60):
        loss = -log_s - log_q(m + log_s.exp() * z).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return m.item(), math.exp(2 * log_s.item())


fit_facts = dict.fromkeys(["kappa_shifts_loss"], True)
fit_facts |= dict.fromkeys(
    ["kappa_moves_minimum", "inverse_evaluated", "any_map", "slope_can_go", "covers_all_bumps"], False
)


# %% q13_fit_a_density reject: stops long before the minimum
def fit_affine(log_q, start, seed):
    torch.manual_seed(seed)
    z = torch.randn(5000)
    m = torch.full((), float(start), requires_grad=True)
    log_s = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.Adam([m, log_s], lr=0.1)
    for _ in range(15):
        loss = -log_s - log_q(m + log_s.exp() * z).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return m.item(), float(log_s.exp())


fit_facts = dict.fromkeys(["kappa_shifts_loss"], True)
fit_facts |= dict.fromkeys(
    ["kappa_moves_minimum", "inverse_evaluated", "any_map", "slope_can_go", "covers_all_bumps"], False
)


# %% q13_fit_a_density reject: new draws in every step
def fit_affine(log_q, start, seed):
    torch.manual_seed(seed)
    z = torch.randn(5000)
    m = torch.full((), float(start), requires_grad=True)
    log_s = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.Adam([m, log_s], lr=0.1)
    for _ in range(200):
        z = torch.randn(5000)
        loss = -log_s - log_q(m + log_s.exp() * z).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return m.item(), float(log_s.exp())


fit_facts = dict.fromkeys(["kappa_shifts_loss"], True)
fit_facts |= dict.fromkeys(
    ["kappa_moves_minimum", "inverse_evaluated", "any_map", "slope_can_go", "covers_all_bumps"], False
)


# %% q13_fit_a_density reject: does not use the start
def fit_affine(log_q, start, seed):
    z = torch.tensor(np.random.default_rng(seed).normal(size=5000))
    theta = torch.tensor([0.5, 0.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([theta], max_iter=60, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        value = -theta[1] - log_q(theta[0] + theta[1].exp() * z).mean()
        value.backward()
        return value

    optimizer.step(closure)
    return float(theta[0].detach()), math.exp(float(theta[1].detach()))


fit_facts = dict.fromkeys(["kappa_shifts_loss"], True)
fit_facts |= dict.fromkeys(
    ["kappa_moves_minimum", "inverse_evaluated", "any_map", "slope_can_go", "covers_all_bumps"], False
)


# %% q13_fit_a_density reject: the same draws for every seed
def fit_affine(log_q, start, seed):
    z = torch.tensor(np.random.default_rng(0).normal(size=5000))
    theta = torch.tensor([float(start), 0.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([theta], max_iter=60, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        value = -theta[1] - log_q(theta[0] + theta[1].exp() * z).mean()
        value.backward()
        return value

    optimizer.step(closure)
    return float(theta[0].detach()), math.exp(float(theta[1].detach()))


fit_facts = dict.fromkeys(["kappa_shifts_loss"], True)
fit_facts |= dict.fromkeys(
    ["kappa_moves_minimum", "inverse_evaluated", "any_map", "slope_can_go", "covers_all_bumps"], False
)


# %% q13_fit_a_density reject: believes that the factor must be known
def fit_affine(log_q, start, seed):
    z = torch.tensor(np.random.default_rng(seed).normal(size=5000))
    theta = torch.tensor([float(start), 0.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([theta], max_iter=60, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        value = -theta[1] - log_q(theta[0] + theta[1].exp() * z).mean()
        value.backward()
        return value

    optimizer.step(closure)
    return float(theta[0].detach()), math.exp(float(theta[1].detach()))


fit_facts = dict.fromkeys(["kappa_shifts_loss", "kappa_moves_minimum"], True)
fit_facts |= dict.fromkeys(["inverse_evaluated", "any_map", "slope_can_go", "covers_all_bumps"], False)


# %% q13_fit_a_density reject: believes that any map will do, as no inverse is computed
def fit_affine(log_q, start, seed):
    z = torch.tensor(np.random.default_rng(seed).normal(size=5000))
    theta = torch.tensor([float(start), 0.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([theta], max_iter=60, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        value = -theta[1] - log_q(theta[0] + theta[1].exp() * z).mean()
        value.backward()
        return value

    optimizer.step(closure)
    return float(theta[0].detach()), math.exp(float(theta[1].detach()))


fit_facts = dict.fromkeys(["kappa_shifts_loss", "any_map"], True)
fit_facts |= dict.fromkeys(["kappa_moves_minimum", "inverse_evaluated", "slope_can_go", "covers_all_bumps"], False)


# %% q13_fit_a_density reject: believes that the fit covers all bumps, as a fit to examples does
def fit_affine(log_q, start, seed):
    z = torch.tensor(np.random.default_rng(seed).normal(size=5000))
    theta = torch.tensor([float(start), 0.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([theta], max_iter=60, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        value = -theta[1] - log_q(theta[0] + theta[1].exp() * z).mean()
        value.backward()
        return value

    optimizer.step(closure)
    return float(theta[0].detach()), math.exp(float(theta[1].detach()))


fit_facts = dict.fromkeys(["kappa_shifts_loss", "covers_all_bumps"], True)
fit_facts |= dict.fromkeys(["kappa_moves_minimum", "inverse_evaluated", "any_map", "slope_can_go"], False)


# %% q13_fit_a_density equivalent: either precision will do
# dropped-dtype-be1ca0
# wrong-dtype-ed5a0f
# dropped-dtype-bae122
# wrong-dtype-52b13e


# %% q13_fit_a_density equivalent: it comes to rest after ten steps
# wrong-constant-b69c37


# %% q13_fit_a_density equivalent: a standard normal variable is symmetric
# wrong-sign-19f614
