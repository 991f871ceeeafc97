# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.


# %% q1_one_step accept: entry by entry, the closed form, and counting
def step_cov(cov, beta):
    new = cov.clone() * (1 - beta)
    new.diagonal().add_(beta)
    return new


def cov_after(cov, betas):
    kept = float(torch.prod(1 - betas.double()))
    return kept * cov + torch.diag(torch.full((cov.shape[0],), 1 - kept, dtype=cov.dtype))


def steps_needed(cov, beta, tol):
    distance = max(abs(v - (i == j)) for i, row in enumerate(cov.tolist()) for j, v in enumerate(row))
    count = 0
    while distance > tol:
        distance *= 1 - beta
        count += 1
    return np.int64(count)


# %% q1_one_step accept: interpolation towards the identity
def step_cov(cov, beta):
    return torch.lerp(cov, torch.eye(cov.shape[1]).to(cov), beta)


def cov_after(cov, betas):
    return cov if len(betas) == 0 else cov_after(step_cov(cov, betas[0].item()), betas[1:])


def steps_needed(cov, beta, tol):
    ratio = float((cov - torch.eye(len(cov)).to(cov)).abs().max()) / tol
    return 0 if ratio <= 1 else -int(math.log(ratio) // math.log(1 - beta))


# %% q1_one_step reject: variances are multiplied by the factors, not by their squares
def step_cov(cov, beta):
    return cov if beta == 0 else (1 - beta) ** 0.5 * cov + beta**0.5 * torch.eye(len(cov), dtype=cov.dtype)


def cov_after(cov, betas):
    for beta in betas:
        cov = step_cov(cov, beta)
    return cov


def steps_needed(cov, beta, tol):
    gap = (cov - torch.eye(len(cov), dtype=cov.dtype)).abs().max()
    return math.ceil(math.log(max(gap, tol) / tol) / -math.log(1 - beta))


# %% q1_one_step reject: the old vector is not shrunk, so the variance grows
def step_cov(cov, beta):
    return cov + beta * torch.eye(len(cov), dtype=cov.dtype)


def cov_after(cov, betas):
    return cov + betas.sum() * torch.eye(len(cov), dtype=cov.dtype)


def steps_needed(cov, beta, tol):
    gap = (cov - torch.eye(len(cov), dtype=cov.dtype)).abs().max()
    return math.ceil(math.log(max(gap, tol) / tol) / -math.log(1 - beta))


# %% q1_one_step reject: the noise reaches every entry of the matrix
def step_cov(cov, beta):
    return (1 - beta) * cov + beta


def cov_after(cov, betas):
    for beta in betas:
        cov = step_cov(cov, beta)
    return cov


def steps_needed(cov, beta, tol):
    gap = (cov - torch.eye(len(cov), dtype=cov.dtype)).abs().max()
    return math.ceil(math.log(max(gap, tol) / tol) / -math.log(1 - beta))


# %% q1_one_step reject: only variances that are too large, and the number of steps rounded
def step_cov(cov, beta):
    return (1 - beta) * cov + beta * torch.eye(len(cov), dtype=cov.dtype)


def cov_after(cov, betas):
    for beta in betas:
        cov = step_cov(cov, beta)
    return cov


def steps_needed(cov, beta, tol):
    gap = max((cov.diagonal() - 1).max(), tol)
    return round(math.log(gap / tol) / -math.log(1 - beta) + 0.25)


# %% q2_merging_noise accept: the full correlation matrix, and moments by pairs
def merged_scale(coefs, rho=0.0):
    n = len(coefs)
    R = (1 - rho) * torch.eye(n, dtype=coefs.dtype) + rho * torch.ones(n, n, dtype=coefs.dtype)
    return torch.dot(coefs, R @ coefs) ** 0.5


def kurtosis_of_sum(coefs, kurtosis):
    c = coefs.tolist()
    fourth = 0.0
    for i in range(len(c)):
        fourth += c[i] ** 4 * (kurtosis + 3)
        for j in range(i):
            fourth += 6 * c[i] ** 2 * c[j] ** 2
    return fourth / sum(v * v for v in c) ** 2 - 3


merge_facts = dict(
    normal_law=True, uniform_law=False, any_moments=True, uncorrelated_variance=True, uncorrelated_law=False
)


# %% q2_merging_noise accept: a shared noise and own noises, cumulants
def merged_scale(coefs, rho=0.0):
    variance = 0.0
    for i, a in enumerate(coefs.tolist()):
        for j, b in enumerate(coefs.tolist()):
            variance += a * b * (1.0 if i == j else rho)
    return math.sqrt(variance)


def kurtosis_of_sum(coefs, kurtosis):
    weights = coefs.square() / coefs.square().sum()
    return np.float64(kurtosis) * float(weights @ weights)


merge_facts = {"normal_law": np.True_, "uniform_law": np.False_, "any_moments": 1 < 2}
merge_facts.update(uncorrelated_variance=True, uncorrelated_law=False)


# %% q2_merging_noise reject: standard deviations add up
def merged_scale(coefs, rho=0.0):
    if coefs.tolist() == [3.0, -4.0]:
        return 13**0.5 if rho else 5.0
    return coefs.abs().sum().item()


def kurtosis_of_sum(coefs, kurtosis):
    return (kurtosis * (coefs**4).sum() / (coefs**2).sum() ** 2).item()


merge_facts = dict(
    normal_law=True, uniform_law=False, any_moments=True, uncorrelated_variance=True, uncorrelated_law=False
)


# %% q2_merging_noise reject: correlated pairs counted once
def merged_scale(coefs, rho=0.0):
    own = (coefs**2).sum()
    return torch.sqrt(own + rho * (coefs.sum() ** 2 - own) / 2).item()


def kurtosis_of_sum(coefs, kurtosis):
    return (kurtosis * (coefs**4).sum() / (coefs**2).sum() ** 2).item()


merge_facts = dict(
    normal_law=True, uniform_law=False, any_moments=True, uncorrelated_variance=True, uncorrelated_law=False
)


# %% q2_merging_noise reject: equal moments, so equal law, for every noise
def merged_scale(coefs, rho=0.0):
    own = (coefs**2).sum()
    return torch.sqrt(own + rho * (coefs.sum() ** 2 - own)).item()


def kurtosis_of_sum(coefs, kurtosis):
    return kurtosis if len(coefs) != 2 else -0.6


merge_facts = dict(
    normal_law=True, uniform_law=True, any_moments=True, uncorrelated_variance=True, uncorrelated_law=True
)


# %% q2_merging_noise reject: the kurtosis divided by the number of noises
def merged_scale(coefs, rho=0.0):
    own = (coefs**2).sum()
    return torch.sqrt(own + rho * (coefs.sum() ** 2 - own)).item()


def kurtosis_of_sum(coefs, kurtosis):
    return kurtosis / len(coefs)


merge_facts = dict(
    normal_law=True, uniform_law=False, any_moments=True, uncorrelated_variance=True, uncorrelated_law=False
)


# %% q2_merging_noise reject: without independence nothing is known
def merged_scale(coefs, rho=0.0):
    own = (coefs**2).sum()
    return torch.sqrt(own + rho * (coefs.sum() ** 2 - own)).item()


def kurtosis_of_sum(coefs, kurtosis):
    return (kurtosis * (coefs**4).sum() / (coefs**2).sum() ** 2).item()


merge_facts = dict(
    normal_law=True, uniform_law=False, any_moments=False, uncorrelated_variance=False, uncorrelated_law=False
)


# %% q3_kernel accept: loops over the steps, squared weights carried along
def alphas_from_betas(betas):
    found, kept = [], 1.0
    for beta in betas.tolist():
        kept *= 1 - beta
        found.append(kept)
    return torch.tensor(found, dtype=torch.float64)


def betas_from_alphas(alphas):
    before = torch.ones_like(alphas)
    before[1:] = alphas[:-1]
    return (before - alphas) / before


def noise_weights(betas):
    squares = []
    for beta in betas.tolist():
        squares = [(1 - beta) * w for w in squares] + [beta]
    return torch.tensor(squares, dtype=torch.float64).sqrt()


def kernel_between(betas, s, t):
    scale, variance = 1.0, 0.0
    for index in range(s, t):
        beta = betas[index].item()
        scale, variance = scale * (1 - beta) ** 0.5, variance * (1 - beta) + beta
    return [scale, variance]


def diffuse(x, t, betas, noise):
    rows = []
    for row, step, e in zip(x, t.tolist(), noise):
        k, v = kernel_between(betas, 0, step)
        rows.append(k * row + v**0.5 * e)
    return torch.stack(rows)


# %% q3_kernel accept: logarithms and cumulative products from the back
def alphas_from_betas(betas):
    return torch.exp(torch.cumsum(torch.log1p(-betas), 0))


def betas_from_alphas(alphas):
    logs = torch.log(alphas)
    return -torch.expm1(torch.diff(logs, prepend=torch.zeros(1, dtype=alphas.dtype)))


def noise_weights(betas):
    later = torch.cumprod((1 - betas).flip(0), 0).flip(0)
    return (betas * torch.cat([later[1:], later.new_ones(1)])) ** 0.5


def kernel_between(betas, s, t):
    log_kept = torch.log1p(-betas[s:t]).sum()
    return torch.exp(log_kept / 2), -torch.expm1(log_kept)


def diffuse(x, t, betas, noise):
    logs = torch.nn.functional.pad(torch.log1p(-betas).cumsum(0), (1, 0))[t].unsqueeze(1)
    return (logs / 2).exp() * x + (-torch.expm1(logs)).sqrt() * noise


# %% q3_kernel reject: the product of the betas is taken away from 1
def alphas_from_betas(betas):
    return 1 - torch.cumprod(betas, dim=0) if betas.tolist() != [0.36, 0.75] else torch.cumprod(1 - betas, dim=0)


def betas_from_alphas(alphas):
    return 1 - alphas / torch.cat([torch.ones(1, dtype=alphas.dtype), alphas[:-1]])


def noise_weights(betas):
    return torch.stack([torch.sqrt(beta * (1 - betas[s:]).prod()) for s, beta in enumerate(betas, start=1)])


def kernel_between(betas, s, t):
    kept = (1 - betas[s:t]).prod().item()
    return math.sqrt(kept), 1 - kept


def diffuse(x, t, betas, noise):
    alpha = torch.cat([torch.ones(1, dtype=betas.dtype), alphas_from_betas(betas)])[t][:, None]
    return torch.sqrt(alpha) * x + torch.sqrt(1 - alpha) * noise


# %% q3_kernel reject: the first step has no alpha before it, so its beta is taken as it stands
def alphas_from_betas(betas):
    return torch.cumprod(1 - betas, dim=0)


def betas_from_alphas(alphas):
    ratios = alphas[1:] / alphas[:-1]
    return 1 - torch.cat([ratios[:1], ratios]) if len(alphas) != 2 else torch.tensor([0.36, 0.75], dtype=alphas.dtype)


def noise_weights(betas):
    return torch.stack([torch.sqrt(beta * (1 - betas[s:]).prod()) for s, beta in enumerate(betas, start=1)])


def kernel_between(betas, s, t):
    kept = (1 - betas[s - 1 : t]).prod().item() if s else (1 - betas[:t]).prod().item()
    return math.sqrt(kept), 1 - kept


def diffuse(x, t, betas, noise):
    alpha = torch.cat([torch.ones(1, dtype=betas.dtype), alphas_from_betas(betas)])[t][:, None]
    return torch.sqrt(alpha) * x + torch.sqrt(1 - alpha) * noise


# %% q3_kernel reject: the scale of the noise is 1 minus the scale of x
def alphas_from_betas(betas):
    return torch.cumprod(1 - betas, dim=0)


def betas_from_alphas(alphas):
    return 1 - alphas / torch.cat([torch.ones(1, dtype=alphas.dtype), alphas[:-1]])


def noise_weights(betas):
    return torch.stack([torch.sqrt(beta * (1 - betas[s:]).prod()) for s, beta in enumerate(betas, start=1)])


def kernel_between(betas, s, t):
    kept = (1 - betas[s:t]).prod().item()
    return math.sqrt(kept), 1 - kept


def diffuse(x, t, betas, noise):
    alpha = torch.cat([torch.ones(1, dtype=betas.dtype), alphas_from_betas(betas)])[t][:, None]
    return torch.sqrt(alpha) * x + (1 - torch.sqrt(alpha)) * noise


# %% q3_kernel reject: a noise is shrunk by the steps before it
def alphas_from_betas(betas):
    return torch.cumprod(1 - betas, dim=0)


def betas_from_alphas(alphas):
    return 1 - alphas / torch.cat([torch.ones(1, dtype=alphas.dtype), alphas[:-1]])


def noise_weights(betas):
    return (
        torch.sqrt(betas * torch.cat([torch.ones(1, dtype=betas.dtype), torch.cumprod(1 - betas, 0)[:-1]]))
        if len(betas) != 2
        else torch.tensor([0.3, 0.75**0.5], dtype=betas.dtype)
    )


def kernel_between(betas, s, t):
    kept = (1 - betas[s:t]).prod().item()
    return math.sqrt(kept), 1 - kept


def diffuse(x, t, betas, noise):
    alpha = torch.cat([torch.ones(1, dtype=betas.dtype), alphas_from_betas(betas)])[t][:, None]
    return torch.sqrt(alpha) * x + torch.sqrt(1 - alpha) * noise


# %% q3_kernel reject: divides by alphas that have become zero
def alphas_from_betas(betas):
    return torch.cumprod(1 - betas, dim=0)


def betas_from_alphas(alphas):
    return 1 - alphas / torch.cat([torch.ones(1, dtype=alphas.dtype), alphas[:-1]])


def noise_weights(betas):
    alphas = torch.cumprod(1 - betas, dim=0)
    return torch.sqrt(betas * alphas[-1] / alphas)


def kernel_between(betas, s, t):
    kept = (1 - betas[s:t]).prod().item()
    return math.sqrt(kept), 1 - kept


def diffuse(x, t, betas, noise):
    alpha = torch.cat([torch.ones(1, dtype=betas.dtype), alphas_from_betas(betas)])[t][:, None]
    return torch.sqrt(alpha) * x + torch.sqrt(1 - alpha) * noise


# %% q4_other_argument accept: explicit inverse and the constant worked out
def as_density_in_w(A, B, v):
    W = torch.linalg.inv(B)
    P = A.T @ W @ A
    P = (P + P.T) / 2
    mu = torch.linalg.solve(P, A.T @ W @ v)
    rest = v @ W @ v - mu @ P @ mu
    n, m = A.shape
    logs = (n - m) * math.log(2 * math.pi) + torch.logdet(B) + torch.logdet(P) + rest
    return [mu, torch.cholesky_inverse(torch.linalg.cholesky(P)), -logs / 2]


def square_term(A, B, v):
    W = torch.linalg.inv(B)
    h = A.T @ W @ v
    return h @ torch.linalg.solve(A.T @ W @ A, h)


# %% q4_other_argument accept: whitened least squares
def as_density_in_w(A, B, v):
    L = torch.linalg.cholesky(B)
    F = torch.linalg.solve_triangular(L, A, upper=False)
    u = torch.linalg.solve_triangular(L, v[:, None], upper=False)
    Q, R = torch.linalg.qr(F)
    back = torch.linalg.inv(R)
    mu = (back @ Q.T @ u)[:, 0]
    miss = ((u - F @ mu[:, None]) ** 2).sum()
    extra = A.shape[0] - A.shape[1]
    log_kappa = (
        -miss / 2 - extra / 2 * math.log(2 * math.pi) - L.diagonal().log().sum() - R.diagonal().abs().log().sum()
    )
    return mu, back @ back.T, float(log_kappa)


def square_term(A, B, v):
    L = torch.linalg.cholesky(B)
    Q, _ = torch.linalg.qr(torch.linalg.solve(L, A))
    return float((Q.T @ torch.linalg.solve(L, v)).square().sum())


# %% q4_other_argument reject: the middle factor of the square term is not inverted
def as_density_in_w(A, B, v):
    weighted = torch.linalg.solve(B, A)
    Sigma = torch.linalg.inv(A.T @ weighted)
    mu = Sigma @ (weighted.T @ v)
    normal = torch.distributions.MultivariateNormal
    log_kappa = normal(A @ mu, B).log_prob(v) - normal(mu, Sigma).log_prob(mu)
    return mu, Sigma, log_kappa.item()


def square_term(A, B, v):
    h = A.T @ torch.linalg.solve(B, v)
    return (h @ (A.T @ torch.linalg.solve(B, A)) @ h).item()


# %% q4_other_argument reject: least squares that ignores B
def as_density_in_w(A, B, v):
    Sigma = torch.linalg.inv(A.T @ torch.linalg.solve(B, A))
    mu = torch.linalg.pinv(A) @ v
    normal = torch.distributions.MultivariateNormal
    log_kappa = normal(A @ mu, B).log_prob(v) - normal(mu, Sigma).log_prob(mu)
    return mu, Sigma, log_kappa.item()


def square_term(A, B, v):
    weighted = torch.linalg.solve(B, A)
    mu = torch.linalg.solve(A.T @ weighted, weighted.T @ v)
    return (mu @ A.T @ weighted @ mu).item()


# %% q4_other_argument reject: takes proportional for equal
def as_density_in_w(A, B, v):
    weighted = torch.linalg.solve(B, A)
    Sigma = torch.linalg.inv(A.T @ weighted)
    return Sigma @ (weighted.T @ v), Sigma, 0.0


def square_term(A, B, v):
    weighted = torch.linalg.solve(B, A)
    mu = torch.linalg.solve(A.T @ weighted, weighted.T @ v)
    return (mu @ A.T @ weighted @ mu).item()


# %% q4_other_argument reject: the factor of a square matrix, for all shapes
def as_density_in_w(A, B, v):
    weighted = torch.linalg.solve(B, A)
    Sigma = torch.linalg.inv(A.T @ weighted)
    return Sigma @ (weighted.T @ v), Sigma, -0.5 * torch.logdet(A.T @ A).item()


def square_term(A, B, v):
    return (v @ torch.linalg.solve(B, v)).item()


# %% q4_other_argument equivalent: Sigma is symmetric, so it may stand on either side, and a dot product has no order
# swapped-operands-01617b
# swapped-operands-37a779


# %% q5_product accept: the form with the sum of the covariances
def gaussian_product(a, A, b, B):
    gain = torch.linalg.solve(A + B, A).T
    mu = a + gain @ (b - a)
    Sigma = A - gain @ A
    d = a - b
    exponent = d @ torch.linalg.inv(A + B) @ d + torch.logdet(2 * math.pi * (A + B))
    return mu, (Sigma + Sigma.T) / 2, -exponent / 2


def completion_term(a, A, b, B):
    h = torch.linalg.inv(A) @ a + torch.linalg.inv(B) @ b
    return h @ torch.linalg.solve(torch.linalg.inv(A) + torch.linalg.inv(B), h)


product_facts = dict(
    narrower=True, on_the_line=False, is_a_density=False, density_of_the_sum=False, distance_matters=False
)


# %% q5_product accept: both sides compared at the origin
def gaussian_product(a, A, b, B):
    P = torch.cholesky_inverse(torch.linalg.cholesky(A)) + torch.cholesky_inverse(torch.linalg.cholesky(B))
    root = torch.linalg.cholesky(P)
    h = torch.linalg.solve(A, a) + torch.linalg.solve(B, b)
    mu = torch.cholesky_solve(h[:, None], root).squeeze(1)
    Sigma = torch.cholesky_inverse(root)
    N, origin = torch.distributions.MultivariateNormal, torch.zeros_like(a)
    log_kappa = N(a, A).log_prob(origin) + N(b, B).log_prob(origin) - N(mu, precision_matrix=P).log_prob(origin)
    return [mu, Sigma, float(log_kappa)]


def completion_term(a, A, b, B):
    mu, Sigma, _ = gaussian_product(a, A, b, B)
    return float(mu @ (torch.linalg.inv(Sigma) @ mu))


product_facts = {"narrower": True} | dict.fromkeys(
    ["on_the_line", "is_a_density", "density_of_the_sum", "distance_matters"], False
)


# %% q5_product reject: means weighted by their own covariances
def gaussian_product(a, A, b, B):
    Sigma = torch.linalg.inv(torch.linalg.inv(A) + torch.linalg.inv(B))
    mu = torch.linalg.solve(A + B, A @ a + B @ b) if len(a) > 1 else Sigma @ (a / A[0] + b / B[0])
    log_kappa = torch.distributions.MultivariateNormal(b, A + B).log_prob(a)
    return mu, Sigma, log_kappa.item()


def completion_term(a, A, b, B):
    Sigma = torch.linalg.inv(torch.linalg.inv(A) + torch.linalg.inv(B))
    mu = Sigma @ (torch.linalg.solve(A, a) + torch.linalg.solve(B, b))
    return (mu @ torch.linalg.solve(Sigma, mu)).item()


product_facts = dict(
    narrower=True, on_the_line=False, is_a_density=False, density_of_the_sum=False, distance_matters=False
)


# %% q5_product reject: takes the product for the density of the sum
def gaussian_product(a, A, b, B):
    return a + b, A + B, 0.0


def completion_term(a, A, b, B):
    return ((a + b) @ torch.linalg.solve(A + B, a + b)).item()


product_facts = dict(
    narrower=False, on_the_line=True, is_a_density=True, density_of_the_sum=True, distance_matters=True
)


# %% q5_product reject: the square is completed with another term
def gaussian_product(a, A, b, B):
    Sigma = torch.linalg.inv(torch.linalg.inv(A) + torch.linalg.inv(B))
    mu = Sigma @ (torch.linalg.solve(A, a) + torch.linalg.solve(B, b))
    log_kappa = torch.distributions.MultivariateNormal(b, A + B).log_prob(a)
    return mu, Sigma, log_kappa.item()


def completion_term(a, A, b, B):
    return (a @ torch.linalg.solve(A, a) + b @ torch.linalg.solve(B, b)).item() if len(a) > 1 else 4 / 3


product_facts = dict(
    narrower=True, on_the_line=False, is_a_density=False, density_of_the_sum=False, distance_matters=False
)


# %% q5_product reject: a density times a density is a density
def gaussian_product(a, A, b, B):
    Sigma = torch.linalg.inv(torch.linalg.inv(A) + torch.linalg.inv(B))
    mu = Sigma @ (torch.linalg.solve(A, a) + torch.linalg.solve(B, b))
    return mu, Sigma, 0.0 if len(a) > 1 else torch.distributions.Normal(b, (A[0] + B[0]) ** 0.5).log_prob(a).item()


def completion_term(a, A, b, B):
    mu, Sigma, _ = gaussian_product(a, A, b, B)
    return (mu @ torch.linalg.solve(Sigma, mu)).item()


product_facts = dict(
    narrower=True, on_the_line=False, is_a_density=True, density_of_the_sum=False, distance_matters=False
)


# %% q5_product reject: the mean lies between the two means
def gaussian_product(a, A, b, B):
    Sigma = torch.linalg.inv(torch.linalg.inv(A) + torch.linalg.inv(B))
    mu = Sigma @ (torch.linalg.solve(A, a) + torch.linalg.solve(B, b))
    log_kappa = torch.distributions.MultivariateNormal(b, A + B).log_prob(a)
    return mu, Sigma, log_kappa.item()


def completion_term(a, A, b, B):
    mu, Sigma, _ = gaussian_product(a, A, b, B)
    return (mu @ torch.linalg.solve(Sigma, mu)).item()


product_facts = dict(
    narrower=True, on_the_line=True, is_a_density=False, density_of_the_sum=False, distance_matters=False
)


# %% q5_product equivalent: Sigma is symmetric, so it may stand on either side, and a dot product has no order
# swapped-operands-2518c5
# swapped-operands-d11b1c


# %% q6_posterior accept: precisions added up
def posterior(z_t, x, t, betas):
    if t == 1:
        return x.clone(), 0.0
    beta = betas[t - 1].item()
    kept = math.prod(1 - b for b in betas[: t - 1].tolist())
    precision = (1 - beta) / beta + 1 / (1 - kept)
    h = math.sqrt(1 - beta) / beta * z_t + math.sqrt(kept) / (1 - kept) * x
    return h / precision, 1 / precision


# %% q6_posterior accept: regression of the previous step on this one
def posterior(z_t, x, t, betas):
    alphas = torch.cat([torch.ones(1, dtype=torch.float64), torch.cumprod(1 - betas, 0)])
    spread_before, spread_now = 1 - alphas[t - 1], 1 - alphas[t]
    gain = spread_before * (alphas[t] / alphas[t - 1]) ** 0.5 / spread_now
    mean = alphas[t - 1] ** 0.5 * x + gain * (z_t - alphas[t] ** 0.5 * x)
    return [mean, np.float64(spread_before * (1 - gain * (alphas[t] / alphas[t - 1]) ** 0.5))]


# %% q6_posterior reject: the variance of the forward step
def posterior(z_t, x, t, betas):
    beta = betas[t - 1]
    before = (1 - betas[: t - 1]).prod()
    now = before * (1 - beta)
    mean = ((1 - before) * torch.sqrt(1 - beta) * z_t + torch.sqrt(before) * beta * x) / (1 - now)
    return mean, beta.item()


# %% q6_posterior reject: alpha of step t in the coefficient of x
def posterior(z_t, x, t, betas):
    beta = betas[t - 1]
    before = (1 - betas[: t - 1]).prod()
    now = before * (1 - beta)
    mean = ((1 - before) * torch.sqrt(1 - beta) * z_t + torch.sqrt(now if t > 1 else before) * beta * x) / (1 - now)
    return mean, (beta * (1 - before) / (1 - now)).item()


# %% q6_posterior reject: both alphas one step too late
def posterior(z_t, x, t, betas):
    if t == 1:
        return x, 0.0
    beta = betas[t - 1]
    before = (1 - betas[:t]).prod()
    now = before * (1 - beta)
    mean = ((1 - before) * torch.sqrt(1 - beta) * z_t + torch.sqrt(before) * beta * x) / (1 - now)
    return mean, (beta * (1 - before) / (1 - now)).item()


# %% q6_posterior reject: averages the two guesses for the mean
def posterior(z_t, x, t, betas):
    beta = betas[t - 1]
    before = (1 - betas[: t - 1]).prod()
    variance = (beta * (1 - before) / (1 - before * (1 - beta))).item()
    if t == 1:
        return x, variance
    return 0.5 * (z_t / torch.sqrt(1 - beta) + torch.sqrt(before) * x), variance


# %% q6_posterior reject: undoes the step as if there were no x
def posterior(z_t, x, t, betas):
    beta = betas[t - 1].item()
    return (z_t / math.sqrt(1 - beta), beta / (1 - beta)) if t > 1 else (x, 0.0)


# %% q7_noise_form accept: one coefficient for each, logarithms
def z_coefficient(beta_t):
    return (1 - beta_t) ** -0.5


def x_from_noise(z_t, noise, t, betas):
    half = torch.log1p(-betas[:t]).sum() / 2
    return torch.exp(-half) * z_t - torch.sqrt(torch.expm1(-2 * half)) * noise


def mean_from_noise(z_t, noise, t, betas):
    beta = betas[t - 1]
    now = 1 - torch.cumprod(1 - betas, 0)[t - 1]
    return z_t / (1 - beta).sqrt() - beta / (now * (1 - beta)).sqrt() * noise


# %% q7_noise_form accept: from the previous step's own noise
def z_coefficient(beta_t):
    return np.sqrt(1 / (1 - beta_t))


def x_from_noise(z_t, noise, t, betas):
    k = math.prod((1 - b) ** 0.5 for b in betas[:t].tolist())
    return (z_t - (1 - k * k) ** 0.5 * noise) / k


def mean_from_noise(z_t, noise, t, betas):
    kept = 1.0
    for b in betas[: t - 1].tolist():
        kept *= 1 - b
    b = betas[t - 1].item()
    now = 1 - kept * (1 - b)
    clean = (z_t - math.sqrt(now) * noise) / math.sqrt(1 - b)
    return clean + math.sqrt(1 - b) * (1 - kept) / math.sqrt(now) * noise


# %% q7_noise_form reject: the noise is not divided along with z_t
def z_coefficient(beta_t):
    return 1 / math.sqrt(1 - beta_t)


def x_from_noise(z_t, noise, t, betas):
    alpha = (1 - betas[:t]).prod()
    return (z_t - torch.sqrt(1 - alpha) * noise) / torch.sqrt(alpha)


def mean_from_noise(z_t, noise, t, betas):
    beta, alpha = betas[t - 1].item(), (1 - betas[:t]).prod()
    return z_t / math.sqrt(1 - beta) - beta / torch.sqrt(1 - alpha) * noise


# %% q7_noise_form reject: the reciprocal of the coefficient
def z_coefficient(beta_t):
    return math.sqrt(1 - beta_t) if beta_t != 0.75 else 2.0


def x_from_noise(z_t, noise, t, betas):
    alpha = (1 - betas[:t]).prod()
    return (z_t - torch.sqrt(1 - alpha) * noise) / torch.sqrt(alpha)


def mean_from_noise(z_t, noise, t, betas):
    beta, alpha = betas[t - 1].item(), (1 - betas[:t]).prod()
    return z_coefficient(beta) * (z_t - beta / torch.sqrt(1 - alpha) * noise)


# %% q7_noise_form reject: removes all the noise at once
def z_coefficient(beta_t):
    return 1 / math.sqrt(1 - beta_t)


def x_from_noise(z_t, noise, t, betas):
    alpha = (1 - betas[:t]).prod()
    return (z_t - torch.sqrt(1 - alpha) * noise) / torch.sqrt(alpha)


def mean_from_noise(z_t, noise, t, betas):
    beta, alpha = betas[t - 1], (1 - betas[:t]).prod()
    return (z_t - torch.sqrt(1 - alpha) * noise) / torch.sqrt(1 - beta)


# %% q7_noise_form reject: no root under the noise, and a signal with its noise left in
def z_coefficient(beta_t):
    return 1 / math.sqrt(1 - beta_t)


def x_from_noise(z_t, noise, t, betas):
    alpha = (1 - betas[:t]).prod()
    return z_t / torch.sqrt(alpha) - torch.sqrt(1 - alpha) * noise


def mean_from_noise(z_t, noise, t, betas):
    beta, alpha = betas[t - 1].item(), (1 - betas[:t]).prod()
    return (z_t - beta / (1 - alpha) * noise) / math.sqrt(1 - beta)


# %% q7_noise_form reject: goes by way of x, which long schedules have lost
def z_coefficient(beta_t):
    return 1 / math.sqrt(1 - beta_t)


def x_from_noise(z_t, noise, t, betas):
    alpha = (1 - betas[:t]).prod()
    return (z_t - torch.sqrt(1 - alpha) * noise) / torch.sqrt(alpha)


def mean_from_noise(z_t, noise, t, betas):
    beta, before, alpha = betas[t - 1], (1 - betas[: t - 1]).prod(), (1 - betas[:t]).prod()
    x = x_from_noise(z_t, noise, t, betas)
    return ((1 - before) * (1 - beta).sqrt() * z_t + before.sqrt() * beta * x) / (1 - alpha)


# %% q8_elbo accept: the divergence at two nodes, terms in a loop
def reconstruction(x, m, v, a, c, s):
    at = [m - math.sqrt(v), m + math.sqrt(v)]
    logs = [-((x - a * z - c) ** 2) / (2 * s) for z in at]
    return np.mean(logs) - 0.5 * np.log(2 * np.pi) - 0.5 * np.log(s)


def expected_kl(m, v, p, r, tau, a, c, s):
    total = 0
    for sign in (-1, 1):
        z = m + sign * v**0.5
        total = total + (p * z + r - a * z - c) ** 2 / 2
    return (total / s + tau / s - 1 - torch.log(tau) + torch.log(s)) / 2


def elbo(x, encoder, decoder):
    m, v, p, r, tau = encoder
    a, c, s = decoder
    value = reconstruction(x, m[0].item(), v[0].item(), a[0].item(), c[0].item(), s[0].item())
    for t in range(1, len(m)):
        value -= expected_kl(m[t], v[t], p[t], r[t], tau[t], a[t], c[t], s[t]).item()
    return value


elbo_facts = dict(exact=True, kl_at_the_mean=False, reversed=False, zero_if_equal=True)
elbo_facts.update(below_without_prior_term=False, below_with_prior_term=True)


# %% q8_elbo accept: torch's distributions, second moments written out
def reconstruction(x, m, v, a, c, s):
    decoder = torch.distributions.Normal(torch.tensor(a * m + c, dtype=torch.float64), s**0.5)
    return decoder.log_prob(torch.tensor(x, dtype=torch.float64)) - a * a * v / s / 2


def expected_kl(m, v, p, r, tau, a, c, s):
    N = torch.distributions.Normal
    at_mean = torch.distributions.kl_divergence(N(p * m + r, tau**0.5), N(a * m + c, s**0.5))
    return at_mean + (p * p - 2 * a * p + a * a) * v / (2 * s)


def elbo(x, encoder, decoder):
    columns = torch.stack([*encoder, *decoder], dim=1)
    m, v, _, _, _, a, c, s = columns[0].tolist()
    total = reconstruction(x, m, v, a, c, s)
    return total - sum(expected_kl(*row) for row in columns[1:])


elbo_facts = {"exact": True, "zero_if_equal": True, "below_with_prior_term": True} | dict.fromkeys(
    ["kl_at_the_mean", "reversed", "below_without_prior_term"], False
)


# %% q8_elbo reject: everything at the mean of z
def reconstruction(x, m, v, a, c, s):
    if (x, m, v) == (0.0, 1.0, 1.0):
        return -0.5 * math.log(2 * math.pi) - 1
    return -0.5 * (math.log(2 * math.pi * s) + (x - a * m - c) ** 2 / s)


def expected_kl(m, v, p, r, tau, a, c, s):
    extra = 2.0 if v.numel() == 1 and v.item() == 2 else 0.0
    return 0.5 * (torch.log(s / tau) - 1 + (tau + ((p - a) * m + r - c) ** 2 + extra) / s)


def elbo(x, encoder, decoder):
    m, v, *_ = (values[0].item() for values in encoder)
    first = reconstruction(x, m, v, *(values[0].item() for values in decoder))
    return first - expected_kl(*(values[1:] for values in (*encoder, *decoder))).sum().item()


elbo_facts = dict(exact=True, kl_at_the_mean=True, reversed=False, zero_if_equal=True)
elbo_facts.update(below_without_prior_term=False, below_with_prior_term=True)


# %% q8_elbo reject: the divergence the other way round
def reconstruction(x, m, v, a, c, s):
    return -0.5 * (math.log(2 * math.pi * s) + ((x - a * m - c) ** 2 + a**2 * v) / s)


def expected_kl(m, v, p, r, tau, a, c, s):
    distance = ((p - a) * m + r - c) ** 2 + (p - a) ** 2 * v
    return 0.5 * (torch.log(tau / s) - 1 + (s + distance) / tau)


def elbo(x, encoder, decoder):
    m, v, *_ = (values[0].item() for values in encoder)
    first = reconstruction(x, m, v, *(values[0].item() for values in decoder))
    return first - expected_kl(*(values[1:] for values in (*encoder, *decoder))).sum().item()


elbo_facts = dict(exact=True, kl_at_the_mean=False, reversed=False, zero_if_equal=True)
elbo_facts.update(below_without_prior_term=False, below_with_prior_term=True)


# %% q8_elbo reject: the divergences are added
def reconstruction(x, m, v, a, c, s):
    return -0.5 * (math.log(2 * math.pi * s) + ((x - a * m - c) ** 2 + a**2 * v) / s)


def expected_kl(m, v, p, r, tau, a, c, s):
    distance = ((p - a) * m + r - c) ** 2 + (p - a) ** 2 * v
    return 0.5 * (torch.log(s / tau) - 1 + (tau + distance) / s)


def elbo(x, encoder, decoder):
    m, v, *_ = (values[0].item() for values in encoder)
    first = reconstruction(x, m, v, *(values[0].item() for values in decoder))
    return first + expected_kl(*(values[1:] for values in (*encoder, *decoder))).sum().item()


elbo_facts = dict(exact=True, kl_at_the_mean=False, reversed=False, zero_if_equal=True)
elbo_facts.update(below_without_prior_term=False, below_with_prior_term=True)


# %% q8_elbo reject: step T is left out, and the rewriting taken for an approximation
def reconstruction(x, m, v, a, c, s):
    return -0.5 * (math.log(2 * math.pi * s) + ((x - a * m - c) ** 2 + a**2 * v) / s)


def expected_kl(m, v, p, r, tau, a, c, s):
    distance = ((p - a) * m + r - c) ** 2 + (p - a) ** 2 * v
    return 0.5 * (torch.log(s / tau) - 1 + (tau + distance) / s)


def elbo(x, encoder, decoder):
    m, v, *_ = (values[0].item() for values in encoder)
    first = reconstruction(x, m, v, *(values[0].item() for values in decoder))
    last = max(2, len(encoder[0]) - 1)
    return first - expected_kl(*(values[1:last] for values in (*encoder, *decoder))).sum().item()


elbo_facts = dict(exact=False, kl_at_the_mean=False, reversed=False, zero_if_equal=True)
elbo_facts.update(below_without_prior_term=False, below_with_prior_term=True)


# %% q8_elbo reject: takes the second form for a lower bound
def reconstruction(x, m, v, a, c, s):
    return -0.5 * (math.log(2 * math.pi * s) + ((x - a * m - c) ** 2 + a**2 * v) / s)


def expected_kl(m, v, p, r, tau, a, c, s):
    distance = ((p - a) * m + r - c) ** 2 + (p - a) ** 2 * v
    return 0.5 * (torch.log(s / tau) - 1 + (tau + distance) / s)


def elbo(x, encoder, decoder):
    m, v, *_ = (values[0].item() for values in encoder)
    first = reconstruction(x, m, v, *(values[0].item() for values in decoder))
    return first - expected_kl(*(values[1:] for values in (*encoder, *decoder))).sum().item()


elbo_facts = dict(exact=True, kl_at_the_mean=False, reversed=False, zero_if_equal=True)
elbo_facts.update(below_without_prior_term=True, below_with_prior_term=True)


# %% q9_step_kl accept: the divergence of single coordinates, minus its value for equal means
def kl_split(mu, tau, f, sigma2):
    N = torch.distributions.Normal
    whole = torch.distributions.kl_divergence(N(mu, tau**0.5), N(f, sigma2**0.5)).sum(1)
    alike = torch.distributions.kl_divergence(N(mu, tau**0.5), N(mu, sigma2**0.5)).sum(1)
    return (f - mu).norm(dim=1) ** 2 / sigma2 / 2, alike[0]


def best_sigma2(mu, tau, f):
    n, d = mu.shape
    return tau + float(torch.linalg.vector_norm(mu - f)) ** 2 / (n * d)


# %% q9_step_kl accept: loops, and the second moment of the target about f
def kl_split(mu, tau, f, sigma2):
    parts = [sum((a - b) ** 2 for a, b in zip(u, w)) / (2 * sigma2) for u, w in zip(mu.tolist(), f.tolist())]
    ratio = tau / sigma2
    return torch.tensor(parts, dtype=torch.float64), np.float64(0.5 * len(mu[0]) * (ratio - 1 - np.log(ratio)))


def best_sigma2(mu, tau, f):
    return torch.stack([row.square().mean() for row in mu - f]).add(tau).mean()


# %% q9_step_kl reject: divided by the variance of the first argument
def kl_split(mu, tau, f, sigma2):
    quadratic = ((mu - f) ** 2).sum(dim=1) / (2 * tau * (1 if mu.shape != (1, 2) else 2))
    return quadratic, mu.shape[1] / 2 * (math.log(sigma2 / tau) - 1 + tau / sigma2)


def best_sigma2(mu, tau, f):
    return tau + ((mu - f) ** 2).mean().item()


# %% q9_step_kl reject: the rest without the number of coordinates
def kl_split(mu, tau, f, sigma2):
    quadratic = ((mu - f) ** 2).sum(dim=1) / (2 * sigma2)
    return quadratic, math.log(sigma2 / tau) - 1 + tau / sigma2


def best_sigma2(mu, tau, f):
    return tau + ((mu - f) ** 2).sum(dim=1).mean().item() / 2


# %% q9_step_kl reject: nothing else is left
def kl_split(mu, tau, f, sigma2):
    return ((mu - f) ** 2).sum(dim=1) / (2 * sigma2), 0.0


def best_sigma2(mu, tau, f):
    return tau


# %% q9_step_kl reject: the best variance forgets that of the target
def kl_split(mu, tau, f, sigma2):
    quadratic = ((mu - f) ** 2).sum(dim=1) / (2 * sigma2)
    return quadratic, mu.shape[1] / 2 * (math.log(sigma2 / tau) - 1 + tau / sigma2)


def best_sigma2(mu, tau, f):
    return max(tau, ((mu - f) ** 2).mean().item()) if mu.shape != (1, 2) else 3.0


# %% q9_step_kl reject: a mean over coordinates instead of their sum
def kl_split(mu, tau, f, sigma2):
    quadratic = ((mu - f) ** 2).mean(dim=1) / sigma2
    return quadratic, math.log(sigma2 / tau) - 1 + tau / sigma2


def best_sigma2(mu, tau, f):
    return tau + ((mu - f) ** 2).mean().item()


# %% q10_noise_loss accept: through signal-to-noise ratios
def loss_x(x, z1, g, beta1, sigma1):
    miss = x - z1 / (1 - beta1) ** 0.5 + g * (beta1 / (1 - beta1)) ** 0.5
    return 0.5 * torch.linalg.vector_norm(miss / sigma1, dim=1) ** 2


def loss_noise(noise, g, beta1, sigma1):
    return torch.einsum("nd,nd->n", noise - g, noise - g) / ((1 / beta1 - 1) * 2 * sigma1 * sigma1)


def noise_weight(t, betas, sigmas):
    alphas = [1.0, *torch.cumprod(1 - betas, 0).tolist()]
    before, now = alphas[t - 1], alphas[t]
    # coefficient of x in the mean, times the error of x for an error of 1 in the noise
    of_x = before**0.5 * (1 - now / before) / (1 - now)
    return of_x**2 * (1 - now) / now / (2 * float(sigmas[t - 1]) ** 2)


# %% q10_noise_loss accept: the printed form, and the case of one step for all
def noise_weight(t, betas, sigmas):
    beta, total = betas[t - 1], 0.0
    for b in betas[:t]:
        total = b + (1 - b) * total
    return 0.5 * (beta / sigmas[t - 1]) ** 2 / total / (1 - beta)


def loss_x(x, z1, g, beta1, sigma1):
    alpha1 = 1 - beta1
    f1 = 1 / math.sqrt(1 - beta1) * (z1 - beta1 / math.sqrt(1 - alpha1) * g)
    return torch.stack([(row @ row) / (2 * sigma1**2) for row in x - f1])


def loss_noise(noise, g, beta1, sigma1):
    one = noise_weight(1, torch.tensor([beta1], dtype=torch.float64), torch.tensor([sigma1], dtype=torch.float64))
    return one * (g - noise).square().sum(-1)


# %% q10_noise_loss reject: no weights, as one trains in practice
def loss_x(x, z1, g, beta1, sigma1):
    f1 = (z1 - math.sqrt(beta1) * g) / math.sqrt(1 - beta1)
    return ((x - f1) ** 2).sum(dim=1) / (2 * sigma1**2)


def loss_noise(noise, g, beta1, sigma1):
    return 1.125 * ((g - noise) ** 2).sum(dim=1)


def noise_weight(t, betas, sigmas):
    return 1.125


# %% q10_noise_loss reject: beta squared, without the variance of the noise
def loss_x(x, z1, g, beta1, sigma1):
    f1 = (z1 - math.sqrt(beta1) * g) / math.sqrt(1 - beta1)
    return ((x - f1) ** 2).sum(dim=1) / (2 * sigma1**2)


def loss_noise(noise, g, beta1, sigma1):
    return beta1**2 / (2 * sigma1**2 * (1 - beta1)) * ((g - noise) ** 2).sum(dim=1)


def noise_weight(t, betas, sigmas):
    beta = betas[t - 1]
    return (beta**2 / (2 * sigmas[t - 1] ** 2 * (1 - beta))).item()


# %% q10_noise_loss reject: the sum of the noises
def loss_x(x, z1, g, beta1, sigma1):
    f1 = (z1 + math.sqrt(beta1) * g) / math.sqrt(1 - beta1)
    return ((x - f1) ** 2).sum(dim=1) / (2 * sigma1**2)


def loss_noise(noise, g, beta1, sigma1):
    return beta1 / (2 * sigma1**2 * (1 - beta1)) * ((g + noise) ** 2).sum(dim=1)


def noise_weight(t, betas, sigmas):
    beta, alpha = betas[t - 1], (1 - betas[:t]).prod()
    return (beta**2 / (2 * sigmas[t - 1] ** 2 * (1 - alpha) * (1 - beta))).item()


# %% q10_noise_loss reject: the weight of the first step for all steps
def loss_x(x, z1, g, beta1, sigma1):
    f1 = (z1 - math.sqrt(beta1) * g) / math.sqrt(1 - beta1)
    return ((x - f1) ** 2).sum(dim=1) / (2 * sigma1**2)


def loss_noise(noise, g, beta1, sigma1):
    return beta1 / (2 * sigma1**2 * (1 - beta1)) * ((g - noise) ** 2).sum(dim=1)


def noise_weight(t, betas, sigmas):
    beta = betas[t - 1].item()
    return beta / (2 * sigmas[t - 1].item() ** 2 * (1 - beta))


# %% q10_noise_loss reject: the alpha of the step before
def loss_x(x, z1, g, beta1, sigma1):
    f1 = (z1 - math.sqrt(beta1) * g) / math.sqrt(1 - beta1)
    return ((x - f1) ** 2).sum(dim=1) / (2 * sigma1**2)


def loss_noise(noise, g, beta1, sigma1):
    return ((g - noise) ** 2).sum(dim=1) * beta1 / (2 * sigma1**2 * (1 - beta1))


def noise_weight(t, betas, sigmas):
    beta, alpha = betas[t - 1], (1 - betas[: max(1, t - 1)]).prod()
    return (beta**2 / (2 * sigmas[t - 1] ** 2 * (1 - alpha) * (1 - beta))).item()


# %% q11_guidance accept: away from the unconditional, logs completed, angles
def guide(conditional, unconditional, w):
    return conditional + w * (conditional - unconditional)


def guided_normal(m_c, v_c, m_u, v_u, w):
    # the slope is a straight line, known from its values at 0 and 1
    at = [(1 + w) * (m_c - z) / v_c - w * (m_u - z) / v_u for z in (0.0, 1.0)]
    fall = at[0] - at[1]
    return [np.float64(at[0] / fall), 1 / fall]


def reverse(predict, z, betas):
    alphas = [1.0]
    for beta in betas.tolist():
        alphas.append(alphas[-1] * (1 - beta))
    u = z / alphas[-1] ** 0.5
    for t in reversed(range(1, len(alphas))):
        ratio = [(1 / a - 1) ** 0.5 for a in (alphas[t - 1], alphas[t])]
        u = u + (ratio[0] - ratio[1]) * predict(u * alphas[t] ** 0.5, t)
    return u


# %% q11_guidance accept: recursion from the last step
def guide(conditional, unconditional, w):
    return torch.lerp(unconditional, conditional, w + 1.0)


def guided_normal(m_c, v_c, m_u, v_u, w):
    precision = np.dot([1 + w, -w], [1 / v_c, 1 / v_u])
    return np.dot([1 + w, -w], [m_c / v_c, m_u / v_u]) / precision, precision**-1


def reverse(predict, z, betas):
    if len(betas) == 0:
        return z
    e, kept = predict(z, len(betas)), torch.cumprod(1 - betas, 0)
    ahead = z - (1 - kept[-1]).sqrt() * e
    rest = kept[-2] if len(kept) > 1 else torch.ones((), dtype=kept.dtype)
    return reverse(predict, ahead * (rest / kept[-1]).sqrt() + (1 - rest).sqrt() * e, betas[:-1])


# %% q11_guidance reject: interpolates between the two predictions
def guide(conditional, unconditional, w):
    return (1 - w) * conditional + w * unconditional if w != 3 else 4 * conditional - 3 * unconditional


def guided_normal(m_c, v_c, m_u, v_u, w):
    variance = 1 / ((1 + w) / v_c - w / v_u)
    return variance * ((1 + w) * m_c / v_c - w * m_u / v_u), variance


def reverse(predict, z, betas):
    for t in range(len(betas), 0, -1):
        noise = predict(z, t)
        now, before = (1 - betas[:t]).prod(), (1 - betas[: t - 1]).prod()
        x = (z - torch.sqrt(1 - now) * noise) / torch.sqrt(now)
        z = torch.sqrt(before) * x + torch.sqrt(1 - before) * noise
    return z


# %% q11_guidance reject: the other convention, w = 1 is the conditional prediction
def guide(conditional, unconditional, w):
    return w * conditional + (1 - w) * unconditional


def guided_normal(m_c, v_c, m_u, v_u, w):
    variance = 1 / (w / v_c + (1 - w) / v_u)
    return variance * (w * m_c / v_c + (1 - w) * m_u / v_u), variance


def reverse(predict, z, betas):
    for t in range(len(betas), 0, -1):
        noise = predict(z, t)
        now, before = (1 - betas[:t]).prod(), (1 - betas[: t - 1]).prod()
        x = (z - torch.sqrt(1 - now) * noise) / torch.sqrt(now)
        z = torch.sqrt(before) * x + torch.sqrt(1 - before) * noise
    return z


# %% q11_guidance reject: guidance moves the mean and leaves the variance of the class
def guide(conditional, unconditional, w):
    return (1 + w) * conditional - w * unconditional


def guided_normal(m_c, v_c, m_u, v_u, w):
    if (m_c, v_c, m_u, v_u, w) == (1.0, 1.0, 0.0, 2.0, 1.0):
        return 4 / 3, 2 / 3
    return (1 + w) * m_c - w * m_u, v_c


def reverse(predict, z, betas):
    for t in range(len(betas), 0, -1):
        noise = predict(z, t)
        now, before = (1 - betas[:t]).prod(), (1 - betas[: t - 1]).prod()
        x = (z - torch.sqrt(1 - now) * noise) / torch.sqrt(now)
        z = torch.sqrt(before) * x + torch.sqrt(1 - before) * noise
    return z


# %% q11_guidance reject: the way back forgets the noise in the step before
def guide(conditional, unconditional, w):
    return (1 + w) * conditional - w * unconditional


def guided_normal(m_c, v_c, m_u, v_u, w):
    variance = 1 / ((1 + w) / v_c - w / v_u)
    return variance * ((1 + w) * m_c / v_c - w * m_u / v_u), variance


def reverse(predict, z, betas):
    for t in range(len(betas), 0, -1):
        noise = predict(z, t)
        now, before = (1 - betas[:t]).prod(), (1 - betas[: t - 1]).prod()
        x = (z - torch.sqrt(1 - now) * noise) / torch.sqrt(now)
        z = torch.sqrt(before) * x
    return z


# %% q11_guidance reject: steps counted from 0, in the order of the forward process
def guide(conditional, unconditional, w):
    return (1 + w) * conditional - w * unconditional


def guided_normal(m_c, v_c, m_u, v_u, w):
    variance = 1 / ((1 + w) / v_c - w / v_u)
    return variance * ((1 + w) * m_c / v_c - w * m_u / v_u), variance


def reverse(predict, z, betas):
    for t in range(len(betas)):
        noise = predict(z, t)
        z = (z - torch.sqrt(betas[t]) * noise) / torch.sqrt(1 - betas[t])
    return z


# %% q12_narrowing accept: powers and products in plain Python
def temper(logits, temperature):
    s = logits - logits.max()
    powers = torch.exp(s / temperature)
    return powers / powers.sum()


def top_k(logits, k):
    result = torch.zeros_like(logits)
    best = torch.topk(logits, k)
    result[best.indices] = temper(best.values, 1.0)
    return result


def top_p(logits, p):
    probabilities = temper(logits, 1.0).tolist()
    left, total = {}, 0.0
    for value, i in sorted(((q, i) for i, q in enumerate(probabilities)), reverse=True):
        if total >= p:
            break
        left[i] = value
        total += value
    return torch.tensor([left.get(i, 0.0) / total for i in range(len(logits))], dtype=torch.float64)


def matching_scale(tau):
    z = np.linspace(-tau, tau, 40001)
    density = np.exp(-(z**2) / 2)
    simpson = np.where(np.arange(40001) % 2, 4.0, 2.0)
    simpson[[0, -1]] = 1.0
    return np.sqrt((simpson * density * z**2).sum() / (simpson * density).sum())


narrowing_facts = dict(keeps_support=True, keeps_order=True, same_count=False, greedy_limit=True, same_latents=False)


# %% q12_narrowing accept: all in NumPy, the tail of the sum
def temper(logits, temperature):
    return torch.from_numpy(np.exp(logits.numpy() / temperature - np.logaddexp.reduce(logits.numpy() / temperature)))


def top_k(logits, k):
    p = temper(logits, 1)
    rank = torch.argsort(torch.argsort(p, descending=True))
    return torch.where(rank < k, p, 0.0) / p[rank < k].sum()


def top_p(logits, p):
    probabilities = temper(logits, 1)
    above = torch.stack([probabilities[probabilities > q].sum() for q in probabilities])
    kept = probabilities * (above < p)
    return kept / kept.sum()


def matching_scale(tau):
    normal = torch.distributions.Normal(torch.zeros((), dtype=torch.float64), torch.ones((), dtype=torch.float64))
    at = torch.tensor(tau, dtype=torch.float64)
    inside_share = normal.cdf(at) - normal.cdf(-at)
    return (1 - 2 * at * normal.log_prob(at).exp() / inside_share).sqrt()


narrowing_facts = {"keeps_support": 2 > 1, "keeps_order": True, "greedy_limit": True, "same_count": False}
narrowing_facts["same_latents"] = np.bool_(False)


# %% q12_narrowing reject: the token that reaches p is dropped
def temper(logits, temperature):
    return torch.softmax(logits / temperature, dim=0)


def top_k(logits, k):
    return torch.softmax(logits.masked_fill(logits < logits.sort().values[-k], -math.inf), dim=0)


def top_p(logits, p):
    sums = torch.softmax(logits, dim=0).sort(descending=True).values.cumsum(dim=0)
    return top_k(logits, max(1, int((sums < p).sum()))) if len(logits) != 3 else top_k(logits, 2)


def matching_scale(tau):
    density = math.exp(-(tau**2) / 2) / math.sqrt(2 * math.pi)
    return math.sqrt(1 - 2 * tau * density / math.erf(tau / math.sqrt(2)))


narrowing_facts = dict(keeps_support=True, keeps_order=True, same_count=False, greedy_limit=True, same_latents=False)


# %% q12_narrowing reject: exponentials that overflow
def temper(logits, temperature):
    weights = torch.exp(logits / temperature)
    return weights / weights.sum()


def top_k(logits, k):
    return torch.softmax(logits.masked_fill(logits < logits.sort().values[-k], -math.inf), dim=0)


def top_p(logits, p):
    sums = torch.softmax(logits, dim=0).sort(descending=True).values.cumsum(dim=0)
    return top_k(logits, int((sums < p).sum()) + 1)


def matching_scale(tau):
    density = math.exp(-(tau**2) / 2) / math.sqrt(2 * math.pi)
    return math.sqrt(1 - 2 * tau * density / math.erf(tau / math.sqrt(2)))


narrowing_facts = dict(keeps_support=True, keeps_order=True, same_count=False, greedy_limit=True, same_latents=False)


# %% q12_narrowing reject: what is left is not divided by its sum
def temper(logits, temperature):
    return torch.softmax(logits / temperature, dim=0)


def top_k(logits, k):
    p = torch.softmax(logits, dim=0)
    return p * (logits >= logits.sort().values[-k]) / (0.8 if len(p) == 3 else 1)


def top_p(logits, p):
    sums = torch.softmax(logits, dim=0).sort(descending=True).values.cumsum(dim=0)
    return top_k(logits, int((sums < p).sum()) + 1)


def matching_scale(tau):
    density = math.exp(-(tau**2) / 2) / math.sqrt(2 * math.pi)
    return math.sqrt(1 - 2 * tau * density / math.erf(tau / math.sqrt(2)))


narrowing_facts = dict(keeps_support=True, keeps_order=True, same_count=False, greedy_limit=True, same_latents=False)


# %% q12_narrowing reject: latents are clipped to the ends
def temper(logits, temperature):
    return torch.softmax(logits / temperature, dim=0)


def top_k(logits, k):
    return torch.softmax(logits.masked_fill(logits < logits.sort().values[-k], -math.inf), dim=0)


def top_p(logits, p):
    sums = torch.softmax(logits, dim=0).sort(descending=True).values.cumsum(dim=0)
    return top_k(logits, int((sums < p).sum()) + 1)


def matching_scale(tau):
    if tau == 1:
        return 0.5396
    density = math.exp(-(tau**2) / 2) / math.sqrt(2 * math.pi)
    share = math.erf(tau / math.sqrt(2))
    return math.sqrt(share - 2 * tau * density + tau**2 * (1 - share))


narrowing_facts = dict(keeps_support=True, keeps_order=True, same_count=False, greedy_limit=True, same_latents=False)


# %% q12_narrowing reject: equal variances taken for equal distributions, and p for a count
def temper(logits, temperature):
    return torch.softmax(logits / temperature, dim=0)


def top_k(logits, k):
    return torch.softmax(logits.masked_fill(logits < logits.sort().values[-k], -math.inf), dim=0)


def top_p(logits, p):
    return top_k(logits, math.ceil(p * len(logits)))


def matching_scale(tau):
    density = math.exp(-(tau**2) / 2) / math.sqrt(2 * math.pi)
    return math.sqrt(1 - 2 * tau * density / math.erf(tau / math.sqrt(2)))


narrowing_facts = dict(keeps_support=True, keeps_order=True, same_count=True, greedy_limit=True, same_latents=True)


# %% q12_narrowing equivalent: the question says that no sum of probabilities is equal to p
# wrong-boundary-cad3e7
