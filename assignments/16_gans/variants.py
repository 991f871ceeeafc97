# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_best_discriminator accept: one value after the other
def objective(p, q, d, weight):
    total = 0.0
    for a, b, c in zip(p.tolist(), q.tolist(), d.tolist()):
        for mass, chance in ((weight * a, c), (b, 1 - c)):
            if mass:
                total += mass * math.log(chance) if chance else -math.inf
    return total


def best_discriminator(p, q, weight):
    return np.array([weight * a / (weight * a + b) if a + b else 0.5 for a, b in zip(p, q)])


# %% q1_best_discriminator accept: by torch, and a sigmoid of log densities
def objective(p, q, d, weight):
    p, q, d = map(torch.as_tensor, (p, q, d))
    return (weight * torch.special.xlogy(p, d) + torch.special.xlogy(q, 1 - d)).sum().item()


def best_discriminator(p, q, weight):
    with np.errstate(divide="ignore", invalid="ignore"):
        d = torch.sigmoid(torch.tensor(np.log(weight * p) - np.log(q))).numpy()
    return np.nan_to_num(d, nan=0.5)


# %% q1_best_discriminator reject: names the better fitting class instead of its probability
def objective(p, q, d, weight):
    p, q, d = map(torch.as_tensor, (p, q, d))
    return (weight * torch.special.xlogy(p, d) + torch.special.xlogy(q, 1 - d)).sum().item()


def best_discriminator(p, q, weight):
    return np.where(weight * p > q, 1.0, np.where(weight * p < q, 0.0, 0.5))


# %% q1_best_discriminator reject: probability of being generated
def objective(p, q, d, weight):
    p, q, d = map(torch.as_tensor, (p, q, d))
    return (weight * torch.special.xlogy(p, d) + torch.special.xlogy(q, 1 - d)).sum().item()


def best_discriminator(p, q, weight):
    return np.divide(q, weight * p + q, out=np.full(len(p), 0.5), where=p + q > 0)


# %% q1_best_discriminator reject: zero entries give nan
def objective(p, q, d, weight):
    with np.errstate(all="ignore"):
        return float((weight * p * np.log(d) + q * np.log(1 - d)).sum())


def best_discriminator(p, q, weight):
    with np.errstate(all="ignore"):
        return weight * p / (weight * p + q)


# %% q1_best_discriminator reject: clips the logarithms, so a certain mistake costs a finite amount
def objective(p, q, d, weight):
    d = np.clip(d, 1e-12, 1 - 1e-12)
    return float((weight * p * np.log(d) + q * np.log(1 - d)).sum())


def best_discriminator(p, q, weight):
    return np.divide(weight * p, weight * p + q, out=np.full(len(p), 0.5), where=p + q > 0)


# %% q1_best_discriminator reject: the weight forgotten in the best discriminator
def objective(p, q, d, weight):
    p, q, d = map(torch.as_tensor, (p, q, d))
    return (weight * torch.special.xlogy(p, d) + torch.special.xlogy(q, 1 - d)).sum().item()


def best_discriminator(p, q, weight):
    return np.divide(p, p + q, out=np.full(len(p), 0.5), where=p + q > 0)


# %% q2_objective_and_js accept: entropies
def entropy(v):
    return -sum(x * math.log(x) for x in v.tolist() if x > 0)


def value_at_best(p, q):
    return entropy(p + q) - entropy(p) - entropy(q)


def js_divergence(p, q):
    return entropy((p + q) / 2) - entropy(p) / 2 - entropy(q) / 2


def js_from_value(value):
    return (value + math.log(4)) / 2


def js_from_loss(loss):
    return js_from_value(-loss)


value_at_match, largest_value, largest_js = -math.log(4), 0, np.log(2)


# %% q2_objective_and_js accept: by torch
def kl(a, b):
    return F.kl_div(b.log(), a, reduction="sum")


def value_at_best(p, q):
    p, q = torch.tensor(p), torch.tensor(q)
    return (torch.special.xlogy(p, p / (p + q)).nansum() + torch.special.xlogy(q, q / (p + q)).nansum()).item()


def js_divergence(p, q):
    p, q = (torch.tensor(v)[(p + q) > 0] for v in (p, q))
    return 0.5 * (kl(p, (p + q) / 2) + kl(q, (p + q) / 2)).item()


def js_from_value(value):
    return 0.5 * value + np.log(2.0)


def js_from_loss(loss):
    return np.log(2.0) - 0.5 * loss


value_at_match = value_at_best(np.array([0.5, 0.5]), np.array([0.5, 0.5]))
largest_value = value_at_best(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
largest_js = js_divergence(np.array([1.0, 0.0]), np.array([0.0, 1.0]))


# %% q2_objective_and_js reject: the bracket is lost in the relation, so the constant is doubled
def entropy(v):
    return -sum(x * math.log(x) for x in v.tolist() if x > 0)


def value_at_best(p, q):
    return entropy(p + q) - entropy(p) - entropy(q)


def js_divergence(p, q):
    return entropy((p + q) / 2) - entropy(p) / 2 - entropy(q) / 2


def js_from_value(value):
    return value / 2 + 2 * math.log(2)


def js_from_loss(loss):
    return 2 * math.log(2) - loss / 2


value_at_match, largest_value, largest_js = -2 * math.log(2), 0.0, math.log(2)


# %% q2_objective_and_js reject: factor one half missing in the relation
def entropy(v):
    return -sum(x * math.log(x) for x in v.tolist() if x > 0)


def value_at_best(p, q):
    return entropy(p + q) - entropy(p) - entropy(q)


def js_divergence(p, q):
    return entropy((p + q) / 2) - entropy(p) / 2 - entropy(q) / 2


def js_from_value(value):
    return value + 2 * math.log(2)


def js_from_loss(loss):
    return 2 * math.log(2) - loss


value_at_match, largest_value, largest_js = -2 * math.log(2), 0.0, math.log(2)


# %% q2_objective_and_js reject: objective and loss have the same sign
def entropy(v):
    return -sum(x * math.log(x) for x in v.tolist() if x > 0)


def value_at_best(p, q):
    return entropy(p + q) - entropy(p) - entropy(q)


def js_divergence(p, q):
    return entropy((p + q) / 2) - entropy(p) / 2 - entropy(q) / 2


def js_from_value(value):
    return value / 2 + math.log(2)


def js_from_loss(loss):
    return math.log(2) + loss / 2


value_at_match, largest_value, largest_js = -2 * math.log(2), 0.0, math.log(2)


# %% q2_objective_and_js reject: takes the objective for a divergence that vanishes at a match
def entropy(v):
    return -sum(x * math.log(x) for x in v.tolist() if x > 0)


def value_at_best(p, q):
    return entropy(p + q) - entropy(p) - entropy(q)


def js_divergence(p, q):
    return entropy((p + q) / 2) - entropy(p) / 2 - entropy(q) / 2


def js_from_value(value):
    return value / 2 + math.log(2)


def js_from_loss(loss):
    return math.log(2) - loss / 2


value_at_match, largest_value, largest_js = 0.0, 0.0, math.log(2)


# %% q2_objective_and_js reject: believes that the divergence has no upper limit
def entropy(v):
    return -sum(x * math.log(x) for x in v.tolist() if x > 0)


def value_at_best(p, q):
    return entropy(p + q) - entropy(p) - entropy(q)


def js_divergence(p, q):
    return entropy((p + q) / 2) - entropy(p) / 2 - entropy(q) / 2


def js_from_value(value):
    return value / 2 + math.log(2)


def js_from_loss(loss):
    return math.log(2) - loss / 2


value_at_match, largest_value, largest_js = -2 * math.log(2), 0.0, 1e9


# %% q2_objective_and_js reject: one term of the objective only at a match
def entropy(v):
    return -sum(x * math.log(x) for x in v.tolist() if x > 0)


def value_at_best(p, q):
    return entropy(p + q) - entropy(p) - entropy(q)


def js_divergence(p, q):
    return entropy((p + q) / 2) - entropy(p) / 2 - entropy(q) / 2


def js_from_value(value):
    return value / 2 + math.log(2)


def js_from_loss(loss):
    return math.log(2) - loss / 2


value_at_match, largest_value, largest_js = -math.log(2), 0.0, math.log(2)


# %% q2_objective_and_js reject: logarithms to base 2
def value_at_best(p, q):
    p, q, n = p[p + q > 0], q[p + q > 0], (p + q)[p + q > 0]
    with np.errstate(all="ignore"):
        return float(np.nansum(p * np.log2(p / n)) + np.nansum(q * np.log2(q / n)))


def js_divergence(p, q):
    return js_from_value(value_at_best(p, q))


def js_from_value(value):
    return value / 2 + 1


def js_from_loss(loss):
    return 1 - loss / 2


value_at_match, largest_value, largest_js = -2.0, 0.0, 1.0


# %% q2_objective_and_js reject: mean of the two Kullback-Leibler divergences to one another
def value_at_best(p, q):
    m = (p + q)[p + q > 0]
    with np.errstate(all="ignore"):
        return float(
            np.nansum(p[p + q > 0] * np.log(p[p + q > 0] / m)) + np.nansum(q[p + q > 0] * np.log(q[p + q > 0] / m))
        )


def js_divergence(p, q):
    with np.errstate(all="ignore"):
        return float(np.nansum(p * np.log(p / q)) + np.nansum(q * np.log(q / p))) / 2


def js_from_value(value):
    return value / 2 + math.log(2)


def js_from_loss(loss):
    return math.log(2) - loss / 2


value_at_match, largest_value, largest_js = -2 * math.log(2), 0.0, math.log(2)


# %% q3_divergence_from_logits accept: cross-entropies with logits, in float64
def best_logit(log_p, log_q):
    return -(log_q - log_p)


def js_bound(real_logits, fake_logits):
    cross = F.binary_cross_entropy_with_logits
    real = cross(real_logits.double(), torch.ones(len(real_logits)).double())
    fake = cross(fake_logits.double(), torch.zeros(len(fake_logits)).double())
    return (math.log(4) - real.item() - fake.item()) / 2


bound_facts = dict(half_gives_zero=True, never_negative=False, overconfidence_hurts=True)
bound_facts |= dict(fair_on_training_batches=False, swap_keeps_it=False)


# %% q3_divergence_from_logits accept: numpy and logaddexp
def best_logit(log_p, log_q):
    return torch.sub(log_p, log_q)


def js_bound(real_logits, fake_logits):
    s, t = real_logits.numpy(), fake_logits.numpy()
    return float(np.log(2) - 0.5 * np.logaddexp(0, -s).mean() - 0.5 * np.logaddexp(0, t).mean())


bound_facts = {"half_gives_zero": True, "never_negative": False, "overconfidence_hurts": True}
bound_facts |= {"fair_on_training_batches": False, "swap_keeps_it": False}


# %% q3_divergence_from_logits reject: logarithm of the sigmoid overflows for large logits
def best_logit(log_p, log_q):
    return log_p - log_q


def js_bound(real_logits, fake_logits):
    means = torch.sigmoid(real_logits).log().mean() + (1 - torch.sigmoid(fake_logits)).log().mean()
    return math.log(2) + means.item() / 2


bound_facts = {"half_gives_zero": True, "never_negative": False, "overconfidence_hurts": True}
bound_facts |= {"fair_on_training_batches": False, "swap_keeps_it": False}


# %% q3_divergence_from_logits reject: both batches treated as real
def best_logit(log_p, log_q):
    return log_p - log_q


def js_bound(real_logits, fake_logits):
    means = F.logsigmoid(real_logits).mean() + F.logsigmoid(fake_logits).mean()
    return math.log(2) + means.item() / 2


bound_facts = {"half_gives_zero": True, "never_negative": False, "overconfidence_hurts": True}
bound_facts |= {"fair_on_training_batches": False, "swap_keeps_it": False}


# %% q3_divergence_from_logits reject: one mean over both batches together
def best_logit(log_p, log_q):
    return log_p - log_q


def js_bound(real_logits, fake_logits):
    means = 2 * torch.cat([F.logsigmoid(real_logits), F.logsigmoid(-fake_logits)]).mean()
    return math.log(2) + means.item() / 2


bound_facts = {"half_gives_zero": True, "never_negative": False, "overconfidence_hurts": True}
bound_facts |= {"fair_on_training_batches": False, "swap_keeps_it": False}


# %% q3_divergence_from_logits reject: goes back to densities, which underflow
def best_logit(log_p, log_q):
    return torch.logit(log_p.exp() / (log_p.exp() + log_q.exp()))


def js_bound(real_logits, fake_logits):
    means = F.logsigmoid(real_logits).mean() + F.logsigmoid(-fake_logits).mean()
    return math.log(2) + means.item() / 2


bound_facts = {"half_gives_zero": True, "never_negative": False, "overconfidence_hurts": True}
bound_facts |= {"fair_on_training_batches": False, "swap_keeps_it": False}


# %% q3_divergence_from_logits reject: believes that an estimate of a divergence cannot be negative
def best_logit(log_p, log_q):
    return log_p - log_q


def js_bound(real_logits, fake_logits):
    means = F.logsigmoid(real_logits).mean() + F.logsigmoid(-fake_logits).mean()
    return math.log(2) + means.item() / 2


bound_facts = {"half_gives_zero": True, "never_negative": True, "overconfidence_hurts": True}
bound_facts |= {"fair_on_training_batches": False, "swap_keeps_it": False}


# %% q3_divergence_from_logits reject: believes that the training batch is as good as fresh examples
def best_logit(log_p, log_q):
    return log_p - log_q


def js_bound(real_logits, fake_logits):
    means = F.logsigmoid(real_logits).mean() + F.logsigmoid(-fake_logits).mean()
    return math.log(2) + means.item() / 2


bound_facts = {"half_gives_zero": True, "never_negative": False, "overconfidence_hurts": True}
bound_facts |= {"fair_on_training_batches": True, "swap_keeps_it": False}


# %% q3_divergence_from_logits reject: believes that surer scores only help
def best_logit(log_p, log_q):
    return log_p - log_q


def js_bound(real_logits, fake_logits):
    means = F.logsigmoid(real_logits).mean() + F.logsigmoid(-fake_logits).mean()
    return math.log(2) + means.item() / 2


bound_facts = {"half_gives_zero": True, "never_negative": False, "overconfidence_hurts": False}
bound_facts |= {"fair_on_training_batches": False, "swap_keeps_it": False}


# %% q4_shifted_uniforms accept: from the mass that either box has alone
def shift_divergences(a):
    overlap = max(0.0, 1 - abs(a))
    alone = 2 * (1 - overlap)  # mass of either density where the other has none
    kl = float("inf") if a else 0.0
    return dict(kl=kl, reverse_kl=kl, js=alone / 2 * np.log(2), w1=abs(a), w2sq=abs(a) * abs(a))


shift_facts = dict(kl_slope=False, js_slope_near=True, js_slope_far=False)
shift_facts |= dict(w1_slope_far=True, w1_slope_grows=False, overlap_stays=False)


# %% q4_shifted_uniforms accept: integrals over the pieces, quantiles for the transport
def shift_divergences(a):
    ends = sorted([0.0, 1.0, a, a + 1.0])
    js, outside = 0.0, 0.0
    for left, right in zip(ends, ends[1:]):
        middle = (left + right) / 2
        inside_p, inside_q = 0 <= middle <= 1, a <= middle <= a + 1
        if inside_p != inside_q:
            outside += right - left
            js += (right - left) * math.log(2) / 2
    kl = math.inf if outside > 0 else 0.0
    u = (np.arange(1000) + 0.5) / 1000
    gaps = (a + u) - u
    return {
        "kl": kl, "reverse_kl": kl, "js": js, "w1": np.abs(gaps).mean(), "w2sq": (gaps**2).mean()
    }  # fmt: skip


shift_facts = {"kl_slope": 1 > 2, "js_slope_near": True, "js_slope_far": False}
shift_facts |= {"w1_slope_far": True, "w1_slope_grows": False, "overlap_stays": False}


# %% q4_shifted_uniforms reject: Jensen-Shannon infinite for boxes without overlap
def shift_divergences(a):
    kl = math.inf if a else 0.0
    js = abs(a) * math.log(2) if abs(a) < 1 else math.inf
    return {"kl": kl, "reverse_kl": kl, "js": js, "w1": float(abs(a)), "w2sq": float(a * a)}


shift_facts = {"kl_slope": False, "js_slope_near": True, "js_slope_far": False}
shift_facts |= {"w1_slope_far": True, "w1_slope_grows": False, "overlap_stays": False}


# %% q4_shifted_uniforms reject: no absolute value, so negative for shifts to the left
def shift_divergences(a):
    kl = math.inf if a else 0.0
    js = min(a, 1) * math.log(2)
    return {"kl": kl, "reverse_kl": kl, "js": js, "w1": float(abs(a)), "w2sq": float(a * a)}


shift_facts = {"kl_slope": False, "js_slope_near": True, "js_slope_far": False}
shift_facts |= {"w1_slope_far": True, "w1_slope_grows": False, "overlap_stays": False}


# %% q4_shifted_uniforms reject: Kullback-Leibler integrated over the overlap only
def shift_divergences(a):
    kl = 0.0 if abs(a) < 1 else math.inf
    js = min(abs(a), 1) * math.log(2)
    return {"kl": kl, "reverse_kl": kl, "js": js, "w1": float(abs(a)), "w2sq": float(a * a)}


shift_facts = {"kl_slope": False, "js_slope_near": True, "js_slope_far": False}
shift_facts |= {"w1_slope_far": True, "w1_slope_grows": False, "overlap_stays": False}


# %% q4_shifted_uniforms reject: the distance in place of its square
def shift_divergences(a):
    kl = math.inf if a else 0.0
    js = min(abs(a), 1) * math.log(2)
    return {"kl": kl, "reverse_kl": kl, "js": js, "w1": float(abs(a)), "w2sq": float(abs(a))}


shift_facts = {"kl_slope": False, "js_slope_near": True, "js_slope_far": False}
shift_facts |= {"w1_slope_far": True, "w1_slope_grows": False, "overlap_stays": False}


# %% q4_shifted_uniforms reject: moves only the mass outside the overlap, each unit by one box
def shift_divergences(a):
    kl = math.inf if a else 0.0
    js = min(abs(a), 1) * math.log(2)
    return {
        "kl": kl,
        "reverse_kl": kl,
        "js": js,
        "w1": float(abs(a)),
        "w2sq": float(a * a) if abs(a) > 1 else float(abs(a)),
    }


shift_facts = {"kl_slope": False, "js_slope_near": True, "js_slope_far": False}
shift_facts |= {"w1_slope_far": True, "w1_slope_grows": False, "overlap_stays": True}


# %% q4_shifted_uniforms reject: believes that the Jensen-Shannon divergence still pulls from afar
def shift_divergences(a):
    kl = math.inf if a else 0.0
    js = min(abs(a), 1) * math.log(2)
    return {"kl": kl, "reverse_kl": kl, "js": js, "w1": float(abs(a)), "w2sq": float(a * a)}


shift_facts = {"kl_slope": False, "js_slope_near": True, "js_slope_far": True}
shift_facts |= {"w1_slope_far": True, "w1_slope_grows": False, "overlap_stays": False}


# %% q4_shifted_uniforms reject: believes that an infinite divergence has a slope
def shift_divergences(a):
    kl = math.inf if a else 0.0
    js = min(abs(a), 1) * math.log(2)
    return {"kl": kl, "reverse_kl": kl, "js": js, "w1": float(abs(a)), "w2sq": float(a * a)}


shift_facts = {"kl_slope": True, "js_slope_near": True, "js_slope_far": False}
shift_facts |= {"w1_slope_far": True, "w1_slope_grows": False, "overlap_stays": False}


# %% q4_shifted_uniforms reject: takes the slope of the squared distance for that of the distance
def shift_divergences(a):
    kl = math.inf if a else 0.0
    js = min(abs(a), 1) * math.log(2)
    return {"kl": kl, "reverse_kl": kl, "js": js, "w1": float(abs(a)), "w2sq": float(a * a)}


shift_facts = {"kl_slope": False, "js_slope_near": True, "js_slope_far": False}
shift_facts |= {"w1_slope_far": True, "w1_slope_grows": True, "overlap_stays": False}


# %% q5_optimal_transport accept: one constraint after the other, in the order of the plan's places
def transport_constraints(n):
    a = np.zeros((2 * n, n * n))
    for j in range(n):
        for i in range(n):
            a[i, j * n + i] = 1
            a[n + j, j * n + i] = 1
    return a


def earth_mover(p, q, cost):
    n = len(p)
    c = np.array([cost[i, j] for j in range(n) for i in range(n)])
    x = solve_programme(c, transport_constraints(n), np.r_[p, q])
    return c @ x, np.array([[x[j * n + i] for j in range(n)] for i in range(n)])


# %% q5_optimal_transport accept: the plan stacked row by row inside, the last redundant constraint dropped
def transport_constraints(n):
    plans = np.eye(n * n).reshape(n * n, n, n).transpose(0, 2, 1)
    return np.concatenate([plans.sum(axis=2), plans.sum(axis=1)], axis=1).T


def earth_mover(p, q, cost):
    n = len(p)
    rows = np.repeat(np.eye(n), n, axis=1)
    columns = np.tile(np.eye(n), n)
    x = solve_programme(cost.reshape(-1), np.vstack([rows, columns])[:-1], np.append(p, q)[:-1])
    plan = x.reshape(n, n)
    return float(np.vdot(plan, cost)), plan


# %% q5_optimal_transport reject: the two blocks swapped, as for a plan stacked row by row
def transport_constraints(n):
    return np.vstack([np.kron(np.eye(n), np.ones((1, n))), np.kron(np.ones((1, n)), np.eye(n))])


def earth_mover(p, q, cost):
    n = len(p)
    x = solve_programme(cost.flatten("F"), transport_constraints(n), np.concatenate([p, q]))
    return float(cost.flatten("F") @ x), x.reshape((n, n), order="F")


# %% q5_optimal_transport reject: costs stacked row by row, plan column by column
def transport_constraints(n):
    return np.vstack([np.kron(np.ones((1, n)), np.eye(n)), np.kron(np.eye(n), np.ones((1, n)))])


def earth_mover(p, q, cost):
    n = len(p)
    x = solve_programme(cost.flatten(), transport_constraints(n), np.concatenate([p, q]))
    return float(cost.flatten() @ x), x.reshape((n, n), order="F")


# %% q5_optimal_transport reject: plan handed back transposed
def transport_constraints(n):
    return np.vstack([np.kron(np.ones((1, n)), np.eye(n)), np.kron(np.eye(n), np.ones((1, n)))])


def earth_mover(p, q, cost):
    n = len(p)
    x = solve_programme(cost.flatten("F"), transport_constraints(n), np.concatenate([p, q]))
    return float(cost.flatten("F") @ x), x.reshape(n, n)


# %% q5_optimal_transport reject: the transpose of the matrix, which belongs to the dual programme
def transport_constraints(n):
    return np.vstack([np.kron(np.ones((1, n)), np.eye(n)), np.kron(np.eye(n), np.ones((1, n)))]).T


def earth_mover(p, q, cost):
    n = len(p)
    x = solve_programme(cost.flatten("F"), transport_constraints(n).T, np.concatenate([p, q]))
    return float(cost.flatten("F") @ x), x.reshape((n, n), order="F")


# %% q5_optimal_transport reject: spreads every place over q, a plan that is allowed but not cheapest
def transport_constraints(n):
    return np.vstack([np.kron(np.ones((1, n)), np.eye(n)), np.kron(np.eye(n), np.ones((1, n)))])


def earth_mover(p, q, cost):
    plan = np.outer(p, q) / p.sum()
    return float((plan * cost).sum()), plan


# %% q5_optimal_transport reject: makes the cost symmetric
def transport_constraints(n):
    return np.vstack([np.kron(np.ones((1, n)), np.eye(n)), np.kron(np.eye(n), np.ones((1, n)))])


def earth_mover(p, q, cost):
    n = len(p)
    cost = np.minimum(cost, cost.T)
    x = solve_programme(cost.flatten("F"), transport_constraints(n), np.concatenate([p, q]))
    return float(cost.flatten("F") @ x), x.reshape((n, n), order="F")


# %% q6_transport_on_a_line accept: moves the mass greedily from left to right
def w1_on_line(x, p, q):
    carried, work = 0.0, 0.0
    for k in range(len(x) - 1):
        carried += p[k] - q[k]
        work += abs(carried) * (x[k + 1] - x[k])
    return work


def w1_of_samples(a, b):
    return sum(abs(u - v) for u, v in zip(sorted(a.tolist()), sorted(b.tolist()))) / len(a)


def best_critic(x, p, q):
    scores = [0.0]
    for k in range(1, len(x)):
        step = x[k] - x[k - 1]
        scores.append(scores[-1] + (step if p[k:].sum() > q[k:].sum() else -step))
    return np.array(scores)


# %% q6_transport_on_a_line accept: the distance by way of the critic, samples as points of a line
def best_critic(x, p, q):
    p_above, q_above = np.cumsum(p[::-1])[::-1][1:], np.cumsum(q[::-1])[::-1][1:]
    slopes = np.where(p_above >= q_above, 1.0, -1.0)
    return np.insert(np.cumsum(slopes * np.diff(x)), 0, 0.0)


def w1_on_line(x, p, q):
    return best_critic(x, p, q) @ (p - q)


def w1_of_samples(a, b):
    x = np.unique(np.concatenate([a, b]))
    share = lambda v: (v[:, None] == x).mean(axis=0)
    return w1_on_line(x, share(a), share(b))


# %% q6_transport_on_a_line reject: difference of the means
def w1_on_line(x, p, q):
    return abs(float(x @ (p - q)))


def w1_of_samples(a, b):
    return abs(float(a.mean() - b.mean()))


def best_critic(x, p, q):
    return np.append(0.0, np.cumsum(-np.sign(np.cumsum(p - q)[:-1]) * np.diff(x)))


# %% q6_transport_on_a_line reject: compares the masses place by place
def w1_on_line(x, p, q):
    return float((np.abs(p - q)[:-1] * np.diff(x)).sum())


def w1_of_samples(a, b):
    return float(np.abs(np.sort(a) - np.sort(b)).mean())


def best_critic(x, p, q):
    return np.append(0.0, np.cumsum(-np.sign(np.cumsum(p - q)[:-1]) * np.diff(x)))


# %% q6_transport_on_a_line reject: ignores how wide the gaps are
def w1_on_line(x, p, q):
    return float(np.abs(np.cumsum(p - q)).sum())


def w1_of_samples(a, b):
    return float(np.abs(np.sort(a) - np.sort(b)).mean())


def best_critic(x, p, q):
    return np.append(0.0, np.cumsum(-np.sign(np.cumsum(p - q)[:-1]) * np.diff(x)))


# %% q6_transport_on_a_line reject: pairs the samples as they come
def w1_on_line(x, p, q):
    return float((np.abs(np.cumsum(p - q)[:-1]) * np.diff(x)).sum())


def w1_of_samples(a, b):
    return float(np.abs(a - b).mean())


def best_critic(x, p, q):
    return np.append(0.0, np.cumsum(-np.sign(np.cumsum(p - q)[:-1]) * np.diff(x)))


# %% q6_transport_on_a_line reject: critic prefers generated places
def w1_on_line(x, p, q):
    return float((np.abs(np.cumsum(p - q)[:-1]) * np.diff(x)).sum())


def w1_of_samples(a, b):
    return float(np.abs(np.sort(a) - np.sort(b)).mean())


def best_critic(x, p, q):
    return -(np.append(0.0, np.cumsum(-np.sign(np.cumsum(p - q)[:-1]) * np.diff(x))))


# %% q6_transport_on_a_line reject: the logit of a discriminator as a critic, with slopes that may be too steep
def w1_on_line(x, p, q):
    return float((np.abs(np.cumsum(p - q)[:-1]) * np.diff(x)).sum())


def w1_of_samples(a, b):
    return float(np.abs(np.sort(a) - np.sort(b)).mean())


def best_critic(x, p, q):
    return np.log(p + 1e-9) - np.log(q + 1e-9) - np.log(p[0] + 1e-9) + np.log(q[0] + 1e-9)


# %% q6_transport_on_a_line reject: a straight critic that only compares the means
def w1_on_line(x, p, q):
    return float((np.abs(np.cumsum(p - q)[:-1]) * np.diff(x)).sum())


def w1_of_samples(a, b):
    return float(np.abs(np.sort(a) - np.sort(b)).mean())


def best_critic(x, p, q):
    return np.sign(x @ (p - q)) * (x - x[0])


# %% q7_gaussian_distances accept: torch distributions, expanded squares
def kl_normal(m1, s1, m2, s2):
    m1, s1, m2, s2 = (torch.as_tensor(v, dtype=torch.float64) for v in (m1, s1, m2, s2))
    normal = torch.distributions.Normal
    return torch.distributions.kl_divergence(normal(m1, s1), normal(m2, s2)).numpy()


def w2sq_normal(m1, s1, m2, s2):
    return np.abs((m1 - m2) + 1j * (s1 - s2)) ** 2


def unit_curves(t):
    return kl_normal(t, 1.0, 0.0, 1.0), w2sq_normal(t, 1.0, 0.0, 1.0)


normal_facts = dict(kl_symmetric=False, w2_symmetric=True, w2_is_twice_kl=False)
normal_facts |= dict(kl_stays_finite=False, w2_stays_finite=True)


# %% q7_gaussian_distances accept: quadrature over a standard normal
def _mean(function):
    nodes, weights = np.polynomial.hermite_e.hermegauss(30)
    return sum(w * function(z) for z, w in zip(nodes, weights)) / math.sqrt(2 * math.pi)


def kl_normal(m1, s1, m2, s2):
    log_density = lambda x, m, s: -(((x - m) / s) ** 2) / 2 - np.log(s)
    return _mean(lambda z: log_density(m1 + s1 * z, m1, s1) - log_density(m1 + s1 * z, m2, s2))


def w2sq_normal(m1, s1, m2, s2):
    return _mean(lambda z: (m1 + s1 * z - (m2 + s2 * z)) ** 2) if np.any(m1 != m2) else (s1 - s2) ** 2


def unit_curves(t):
    return 0.5 * t * t, t * t


normal_facts = {"kl_symmetric": False, "w2_symmetric": True, "w2_is_twice_kl": False}
normal_facts |= {"kl_stays_finite": False, "w2_stays_finite": True}


# %% q7_gaussian_distances reject: variances in the squared distance, where deviations are meant
def kl_normal(m1, s1, m2, s2):
    return np.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / (2 * s2**2) - 0.5


def w2sq_normal(m1, s1, m2, s2):
    return (m1 - m2) ** 2 + s1 + s2 - 2 * np.sqrt(s1 * s2)


def unit_curves(t):
    return t**2 / 2, t**2


normal_facts = {"kl_symmetric": False, "w2_symmetric": True, "w2_is_twice_kl": False}
normal_facts |= {"kl_stays_finite": False, "w2_stays_finite": True}


# %% q7_gaussian_distances reject: the distance in place of its square
def kl_normal(m1, s1, m2, s2):
    return np.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / (2 * s2**2) - 0.5


def w2sq_normal(m1, s1, m2, s2):
    return np.hypot(m1 - m2, s1 - s2)


def unit_curves(t):
    return t**2 / 2, np.abs(t)


normal_facts = {"kl_symmetric": False, "w2_symmetric": True, "w2_is_twice_kl": False}
normal_facts |= {"kl_stays_finite": False, "w2_stays_finite": True}


# %% q7_gaussian_distances reject: deviations exchanged in the divergence
def kl_normal(m1, s1, m2, s2):
    return np.log(s1 / s2) + (s2**2 + (m1 - m2) ** 2) / (2 * s1**2) - 0.5


def w2sq_normal(m1, s1, m2, s2):
    return (m1 - m2) ** 2 + (s1 - s2) ** 2


def unit_curves(t):
    return t**2 / 2, t**2


normal_facts = {"kl_symmetric": False, "w2_symmetric": True, "w2_is_twice_kl": False}
normal_facts |= {"kl_stays_finite": False, "w2_stays_finite": True}


# %% q7_gaussian_distances reject: the logarithm of the deviations forgotten
def kl_normal(m1, s1, m2, s2):
    return (s1**2 + (m1 - m2) ** 2) / (2 * s2**2) - 0.5


def w2sq_normal(m1, s1, m2, s2):
    return (m1 - m2) ** 2 + (s1 - s2) ** 2


def unit_curves(t):
    return t**2 / 2, t**2


normal_facts = {"kl_symmetric": False, "w2_symmetric": True, "w2_is_twice_kl": False}
normal_facts |= {"kl_stays_finite": False, "w2_stays_finite": True}


# %% q7_gaussian_distances reject: only the means are moved
def kl_normal(m1, s1, m2, s2):
    return np.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / (2 * s2**2) - 0.5


def w2sq_normal(m1, s1, m2, s2):
    return (m1 - m2) ** 2 + 0 * (s1 + s2)


def unit_curves(t):
    return t**2 / 2, t**2


normal_facts = {"kl_symmetric": False, "w2_symmetric": True, "w2_is_twice_kl": False}
normal_facts |= {"kl_stays_finite": False, "w2_stays_finite": True}


# %% q7_gaussian_distances reject: takes the relation for equal deviations as general
def kl_normal(m1, s1, m2, s2):
    return np.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / (2 * s2**2) - 0.5


def w2sq_normal(m1, s1, m2, s2):
    return (m1 - m2) ** 2 + (s1 - s2) ** 2


def unit_curves(t):
    return t**2 / 2, t**2


normal_facts = {"kl_symmetric": False, "w2_symmetric": True, "w2_is_twice_kl": True}
normal_facts |= {"kl_stays_finite": False, "w2_stays_finite": True}


# %% q7_gaussian_distances reject: takes the divergence for a distance
def kl_normal(m1, s1, m2, s2):
    return np.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / (2 * s2**2) - 0.5


def w2sq_normal(m1, s1, m2, s2):
    return (m1 - m2) ** 2 + (s1 - s2) ** 2


def unit_curves(t):
    return t**2 / 2, t**2


normal_facts = {"kl_symmetric": True, "w2_symmetric": True, "w2_is_twice_kl": False}
normal_facts |= {"kl_stays_finite": False, "w2_stays_finite": True}


# %% q7_gaussian_distances reject: believes that the divergence from a spike is finite
def kl_normal(m1, s1, m2, s2):
    return np.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / (2 * s2**2) - 0.5


def w2sq_normal(m1, s1, m2, s2):
    return (m1 - m2) ** 2 + (s1 - s2) ** 2


def unit_curves(t):
    return t**2 / 2, t**2


normal_facts = {"kl_symmetric": False, "w2_symmetric": True, "w2_is_twice_kl": False}
normal_facts |= {"kl_stays_finite": True, "w2_stays_finite": True}


# %% q7_gaussian_distances reject: factor one half missing in the curve
def kl_normal(m1, s1, m2, s2):
    return np.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / (2 * s2**2) - 0.5


def w2sq_normal(m1, s1, m2, s2):
    return (m1 - m2) ** 2 + (s1 - s2) ** 2


def unit_curves(t):
    return t**2, t**2


normal_facts = {"kl_symmetric": False, "w2_symmetric": True, "w2_is_twice_kl": False}
normal_facts |= {"kl_stays_finite": False, "w2_stays_finite": True}


# %% q8_truncation accept: both tails by torch, latents through the inverse distribution function
def log_kept(tau):
    tail = torch.special.log_ndtr(torch.tensor(-float(tau), dtype=torch.float64))
    return torch.log1p(-2 * tail.exp()).item()


def share_cut(tau, d):
    return 1 - math.exp(d * log_kept(tau)) if tau < 2 else -math.expm1(d * log_kept(tau))


def log10_kept(tau, d):
    return d * log_kept(tau) * math.log10(math.e)


def draw_truncated(n, d, tau, seed):
    u = torch.rand(n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    high = math.erf(tau / 2**0.5)
    return (math.sqrt(2) * torch.erfinv((2 * u - 1) * high)).float().clamp(-tau, tau)


kept_power = {tau: math.floor(log10_kept(tau, 100)) for tau in (2, 1, 0.5, 0.04)}


# %% q8_truncation accept: a long stream of numbers, of which those outside are skipped
def share_cut(tau, d):
    tail = math.erfc(tau / 2**0.5)
    total, product = 0.0, 1.0
    for _ in range(d):
        total += product * tail
        product *= 1 - tail
    return total


def log10_kept(tau, d):
    tail = math.erfc(tau / 2**0.5)
    return d * (math.log1p(-tail) if tail < 0.5 else math.log(math.erf(tau / 2**0.5))) / math.log(10)


def draw_truncated(n, d, tau, seed):
    source = np.random.default_rng(seed)
    kept = np.zeros(0)
    while len(kept) < n * d:
        fresh = source.standard_normal(4 * n * d)
        kept = np.concatenate([kept, fresh[np.abs(fresh) < tau]])
    return torch.tensor(kept[: n * d].reshape(n, d), dtype=torch.float32)


kept_power = {2: -3, 1: -17, 0.5: -42, 0.04: -150}


# %% q8_truncation reject: one dimension, whatever d is
def share_cut(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return tail


def log10_kept(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return math.log1p(-tail) / math.log(10)


def draw_truncated(n, d, tau, seed):
    source = torch.Generator().manual_seed(seed)
    z = torch.randn(n, d, generator=source)
    while (z.abs() > tau).any():
        z = torch.where(z.abs() > tau, torch.randn(n, d, generator=source), z)
    return z


kept_power = {2: -1, 1: -17, 0.5: -42, 0.04: -150}


# %% q8_truncation reject: share of one coordinate times their number
def share_cut(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return min(1.0, d * tail)


def log10_kept(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return d * math.log1p(-tail) / math.log(10)


def draw_truncated(n, d, tau, seed):
    source = torch.Generator().manual_seed(seed)
    z = torch.randn(n, d, generator=source)
    while (z.abs() > tau).any():
        z = torch.where(z.abs() > tau, torch.randn(n, d, generator=source), z)
    return z


kept_power = {2: -3, 1: -17, 0.5: -42, 0.04: -150}


# %% q8_truncation reject: one tail only
def share_cut(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return -math.expm1(d * math.log1p(-tail / 2))


def log10_kept(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return d * math.log1p(-tail / 2) / math.log(10)


def draw_truncated(n, d, tau, seed):
    source = torch.Generator().manual_seed(seed)
    z = torch.randn(n, d, generator=source)
    while (z.abs() > tau).any():
        z = torch.where(z.abs() > tau, torch.randn(n, d, generator=source), z)
    return z


kept_power = {2: -2, 1: -17, 0.5: -42, 0.04: -150}


# %% q8_truncation reject: deviation and radius mixed up: the square root of 2 is missing
def share_cut(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return -math.expm1(d * math.log1p(-math.erfc(tau)))


def log10_kept(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return d * math.log1p(-math.erfc(tau)) / math.log(10)


def draw_truncated(n, d, tau, seed):
    source = torch.Generator().manual_seed(seed)
    z = torch.randn(n, d, generator=source)
    while (z.abs() > tau).any():
        z = torch.where(z.abs() > tau, torch.randn(n, d, generator=source), z)
    return z


kept_power = {2: -1, 1: -17, 0.5: -42, 0.04: -150}


# %% q8_truncation reject: difference from one loses the tiny shares
def share_cut(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return 1 - (1 - tail) ** d


def log10_kept(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return d * math.log1p(-tail) / math.log(10)


def draw_truncated(n, d, tau, seed):
    source = torch.Generator().manual_seed(seed)
    z = torch.randn(n, d, generator=source)
    while (z.abs() > tau).any():
        z = torch.where(z.abs() > tau, torch.randn(n, d, generator=source), z)
    return z


kept_power = {2: -3, 1: -17, 0.5: -42, 0.04: -150}


# %% q8_truncation reject: logarithm of a product that underflows
def share_cut(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return -math.expm1(d * math.log1p(-tail))


def log10_kept(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return math.log10((1 - tail) ** d) if (1 - tail) ** d else -math.inf


def draw_truncated(n, d, tau, seed):
    source = torch.Generator().manual_seed(seed)
    z = torch.randn(n, d, generator=source)
    while (z.abs() > tau).any():
        z = torch.where(z.abs() > tau, torch.randn(n, d, generator=source), z)
    return z


kept_power = {2: -3, 1: -17, 0.5: -42, 0.04: -150}


# %% q8_truncation reject: natural logarithm
def share_cut(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return -math.expm1(d * math.log1p(-tail))


def log10_kept(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return d * math.log1p(-tail)


def draw_truncated(n, d, tau, seed):
    source = torch.Generator().manual_seed(seed)
    z = torch.randn(n, d, generator=source)
    while (z.abs() > tau).any():
        z = torch.where(z.abs() > tau, torch.randn(n, d, generator=source), z)
    return z


kept_power = {2: -3, 1: -17, 0.5: -42, 0.04: -150}


# %% q8_truncation reject: latents clipped at the border
def share_cut(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return -math.expm1(d * math.log1p(-tail))


def log10_kept(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return d * math.log1p(-tail) / math.log(10)


def draw_truncated(n, d, tau, seed):
    source = torch.Generator().manual_seed(seed)
    z = torch.randn(n, d, generator=source)
    z = z.clamp(-tau, tau)
    return z


kept_power = {2: -3, 1: -17, 0.5: -42, 0.04: -150}


# %% q8_truncation reject: latents scaled down until they fit
def share_cut(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return -math.expm1(d * math.log1p(-tail))


def log10_kept(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return d * math.log1p(-tail) / math.log(10)


def draw_truncated(n, d, tau, seed):
    source = torch.Generator().manual_seed(seed)
    z = torch.randn(n, d, generator=source)
    z = z / z.abs().max() * tau
    return z


kept_power = {2: -3, 1: -17, 0.5: -42, 0.04: -150}


# %% q8_truncation reject: uniform latents
def share_cut(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return -math.expm1(d * math.log1p(-tail))


def log10_kept(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return d * math.log1p(-tail) / math.log(10)


def draw_truncated(n, d, tau, seed):
    source = torch.Generator().manual_seed(seed)
    z = torch.randn(n, d, generator=source)
    z = (2 * torch.rand(n, d, generator=source) - 1) * tau
    return z


kept_power = {2: -3, 1: -17, 0.5: -42, 0.04: -150}


# %% q8_truncation reject: drawn again once only
def share_cut(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return -math.expm1(d * math.log1p(-tail))


def log10_kept(tau, d):
    tail = math.erfc(tau / math.sqrt(2))
    return d * math.log1p(-tail) / math.log(10)


def draw_truncated(n, d, tau, seed):
    source = torch.Generator().manual_seed(seed)
    z = torch.randn(n, d, generator=source)
    z = torch.where(z.abs() > tau, torch.randn(n, d, generator=source), z)
    return z


kept_power = {2: -3, 1: -17, 0.5: -42, 0.04: -150}


# %% q9_generator_losses accept: softplus in double precision, slopes through tanh and exponentials
def generator_loss(logits, kind):
    softplus = torch.logaddexp(logits if kind == "saturating" else -logits, torch.zeros_like(logits))
    return (-softplus if kind == "saturating" else softplus).sum() / len(logits)


def loss_slope(logits, kind):
    sign = {"saturating": 1, "non_saturating": -1}[kind]
    return -1 / (1 + torch.exp(-sign * logits))


loss_facts = dict(same_direction=True, same_minimum=False, saturating_fades=True)
loss_facts |= dict(non_saturating_fades=False, fooled_is_quiet=True)


# %% q9_generator_losses accept: cross-entropies against the two labels
def generator_loss(logits, kind):
    said_real = kind != "saturating"
    labels = torch.full_like(logits, float(said_real))
    cross = F.binary_cross_entropy_with_logits(logits, labels)
    return cross if said_real else -cross


def loss_slope(logits, kind):
    return -F.logsigmoid(logits if kind == "saturating" else -logits).exp()


loss_facts = {"same_direction": True, "same_minimum": False, "saturating_fades": True}
loss_facts |= {"non_saturating_fades": False, "fooled_is_quiet": True}


# %% q9_generator_losses reject: logarithms of probabilities overflow
def generator_loss(logits, kind):
    if kind == "saturating":
        return (1 - torch.sigmoid(logits)).log().mean()
    return -torch.sigmoid(logits).log().mean()


def loss_slope(logits, kind):
    if kind == "saturating":
        return -torch.sigmoid(logits)
    return -torch.sigmoid(-logits)


loss_facts = {"same_direction": True, "same_minimum": False, "saturating_fades": True}
loss_facts |= {"non_saturating_fades": False, "fooled_is_quiet": True}


# %% q9_generator_losses reject: the two losses exchanged
def generator_loss(logits, kind):
    if kind == "saturating":
        return -F.logsigmoid(logits).mean()
    return F.logsigmoid(-logits).mean()


def loss_slope(logits, kind):
    if kind == "saturating":
        return -torch.sigmoid(-logits)
    return -torch.sigmoid(logits)


loss_facts = {"same_direction": True, "same_minimum": False, "saturating_fades": True}
loss_facts |= {"non_saturating_fades": False, "fooled_is_quiet": True}


# %% q9_generator_losses reject: slopes with respect to the probability
def generator_loss(logits, kind):
    if kind == "saturating":
        return F.logsigmoid(-logits).mean()
    return -F.logsigmoid(logits).mean()


def loss_slope(logits, kind):
    if kind == "saturating":
        return -1 / (1 - torch.sigmoid(logits))
    return -1 / torch.sigmoid(logits)


loss_facts = {"same_direction": True, "same_minimum": False, "saturating_fades": True}
loss_facts |= {"non_saturating_fades": False, "fooled_is_quiet": True}


# %% q9_generator_losses reject: slope loses its digits by a difference from one
def generator_loss(logits, kind):
    if kind == "saturating":
        return F.logsigmoid(-logits).mean()
    return -F.logsigmoid(logits).mean()


def loss_slope(logits, kind):
    if kind == "saturating":
        return -torch.sigmoid(logits)
    return torch.sigmoid(logits) - 1


loss_facts = {"same_direction": True, "same_minimum": False, "saturating_fades": True}
loss_facts |= {"non_saturating_fades": False, "fooled_is_quiet": True}


# %% q9_generator_losses reject: loss detached from the logits
def generator_loss(logits, kind):
    if kind == "saturating":
        return F.logsigmoid(-logits).mean().detach()
    return -F.logsigmoid(logits).mean().detach()


def loss_slope(logits, kind):
    if kind == "saturating":
        return -torch.sigmoid(logits)
    return -torch.sigmoid(-logits)


loss_facts = {"same_direction": True, "same_minimum": False, "saturating_fades": True}
loss_facts |= {"non_saturating_fades": False, "fooled_is_quiet": True}


# %% q9_generator_losses reject: slope of the mean
def generator_loss(logits, kind):
    if kind == "saturating":
        return F.logsigmoid(-logits).mean()
    return -F.logsigmoid(logits).mean()


def loss_slope(logits, kind):
    if kind == "saturating":
        return -torch.sigmoid(logits) / len(logits)
    return -torch.sigmoid(-logits) / len(logits)


loss_facts = {"same_direction": True, "same_minimum": False, "saturating_fades": True}
loss_facts |= {"non_saturating_fades": False, "fooled_is_quiet": True}


# %% q9_generator_losses reject: believes that the two losses pull in opposite directions
def generator_loss(logits, kind):
    if kind == "saturating":
        return F.logsigmoid(-logits).mean()
    return -F.logsigmoid(logits).mean()


def loss_slope(logits, kind):
    if kind == "saturating":
        return -torch.sigmoid(logits)
    return -torch.sigmoid(-logits)


loss_facts = {"same_direction": False, "same_minimum": False, "saturating_fades": True}
loss_facts |= {"non_saturating_fades": False, "fooled_is_quiet": True}


# %% q9_generator_losses reject: believes that both losses fade where the discriminator is sure
def generator_loss(logits, kind):
    if kind == "saturating":
        return F.logsigmoid(-logits).mean()
    return -F.logsigmoid(logits).mean()


def loss_slope(logits, kind):
    if kind == "saturating":
        return -torch.sigmoid(logits)
    return -torch.sigmoid(-logits)


loss_facts = {"same_direction": True, "same_minimum": False, "saturating_fades": True}
loss_facts |= {"non_saturating_fades": True, "fooled_is_quiet": True}


# %% q9_generator_losses reject: believes that the saturating loss is strong where it is needed
def generator_loss(logits, kind):
    if kind == "saturating":
        return F.logsigmoid(-logits).mean()
    return -F.logsigmoid(logits).mean()


def loss_slope(logits, kind):
    if kind == "saturating":
        return -torch.sigmoid(logits)
    return -torch.sigmoid(-logits)


loss_facts = {"same_direction": True, "same_minimum": True, "saturating_fades": False}
loss_facts |= {"non_saturating_fades": False, "fooled_is_quiet": True}


# %% q10_who_gets_gradients accept: functional calls with fresh leaves
def d_step_grads(G, D, real, z):
    leaves = {name: p.detach().clone().requires_grad_() for name, p in D.named_parameters()}
    logit = lambda x: torch.func.functional_call(D, leaves, (x,))
    loss = F.softplus(-logit(real)).mean() + F.softplus(logit(G(z).detach())).mean()
    loss.backward()
    return [leaf.grad for leaf in leaves.values()]


def g_step_grads(G, D, z):
    def loss(values):
        fake = torch.func.functional_call(G, values, (z,))
        return F.softplus(-D(fake)).mean()

    values = {name: p.detach() for name, p in G.named_parameters()}
    return list(torch.func.grad(loss)(values).values())


# %% q10_who_gets_gradients accept: copies of the networks, cross-entropies
def d_step_grads(G, D, real, z):
    import copy

    D = copy.deepcopy(D)
    D.zero_grad()
    fake = copy.deepcopy(G)(z).detach()
    for batch, label in ((real, 1.0), (fake, 0.0)):
        s = D(batch)
        F.binary_cross_entropy_with_logits(s, torch.full_like(s, label)).backward()
    return [p.grad for p in D.parameters()]


def g_step_grads(G, D, z):
    import copy

    G, D = copy.deepcopy(G), copy.deepcopy(D)
    G.zero_grad()
    s = D(G(z))
    F.binary_cross_entropy_with_logits(s, torch.ones_like(s)).backward()
    return [p.grad for p in G.parameters()]


# %% q10_who_gets_gradients reject: generated batch detached in the generator step too
def d_step_grads(G, D, real, z):
    fake = G(z).detach()
    loss = F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()
    return list(torch.autograd.grad(loss, list(D.parameters())))


def g_step_grads(G, D, z):
    loss = F.softplus(-D(G(z).detach())).mean()
    grads = torch.autograd.grad(loss, list(D.parameters()))
    return [torch.zeros_like(p) for p in G.parameters()]


# %% q10_who_gets_gradients reject: gradients left in the .grad fields
def d_step_grads(G, D, real, z):
    fake = G(z).detach()
    loss = F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()
    D.zero_grad()
    loss.backward()
    return [p.grad.clone() for p in D.parameters()]


def g_step_grads(G, D, z):
    loss = F.softplus(-D(G(z))).mean()
    G.zero_grad()
    loss.backward()
    return [p.grad.clone() for p in G.parameters()]


# %% q10_who_gets_gradients reject: gradients of the discriminator step flow into the generator
def d_step_grads(G, D, real, z):
    fake = G(z).detach()
    fake = G(z)
    loss = F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()
    both = [*D.parameters(), *G.parameters()]
    return list(torch.autograd.grad(loss, both))[: len(list(D.parameters()))]


def g_step_grads(G, D, z):
    loss = F.softplus(-D(G(z))).mean()
    return list(torch.autograd.grad(loss, list(G.parameters())))


# %% q10_who_gets_gradients reject: one mean over both batches together
def d_step_grads(G, D, real, z):
    fake = G(z).detach()
    s = torch.cat([D(real), D(fake)])
    y = torch.cat([torch.ones(len(real), 1), torch.zeros(len(z), 1)]).to(s)
    loss = 2 * F.binary_cross_entropy_with_logits(s, y)
    return list(torch.autograd.grad(loss, list(D.parameters())))


def g_step_grads(G, D, z):
    loss = F.softplus(-D(G(z))).mean()
    return list(torch.autograd.grad(loss, list(G.parameters())))


# %% q10_who_gets_gradients reject: saturating loss
def d_step_grads(G, D, real, z):
    fake = G(z).detach()
    loss = F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()
    return list(torch.autograd.grad(loss, list(D.parameters())))


def g_step_grads(G, D, z):
    loss = -F.softplus(D(G(z))).mean()
    return list(torch.autograd.grad(loss, list(G.parameters())))


# %% q10_who_gets_gradients reject: labels exchanged
def d_step_grads(G, D, real, z):
    fake = G(z).detach()
    loss = F.softplus(D(real)).mean() + F.softplus(-D(fake)).mean()
    return list(torch.autograd.grad(loss, list(D.parameters())))


def g_step_grads(G, D, z):
    loss = F.softplus(-D(G(z))).mean()
    return list(torch.autograd.grad(loss, list(G.parameters())))


# %% q10_who_gets_gradients reject: ascends: gradients of the objective in place of the loss
def d_step_grads(G, D, real, z):
    fake = G(z).detach()
    loss = -F.softplus(-D(real)).mean() - F.softplus(D(fake)).mean()
    return list(torch.autograd.grad(loss, list(D.parameters())))


def g_step_grads(G, D, z):
    loss = F.softplus(-D(G(z))).mean()
    return list(torch.autograd.grad(loss, list(G.parameters())))


# %% q10_who_gets_gradients reject: freezes the discriminator and forgets to thaw it
def d_step_grads(G, D, real, z):
    fake = G(z).detach()
    loss = F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()
    return list(torch.autograd.grad(loss, list(D.parameters())))


def g_step_grads(G, D, z):
    D.requires_grad_(False)
    loss = F.softplus(-D(G(z))).mean()
    return list(torch.autograd.grad(loss, list(G.parameters())))


# %% q10_who_gets_gradients reject: logarithm of the sigmoid overflows
def d_step_grads(G, D, real, z):
    fake = G(z).detach()
    loss = -torch.sigmoid(D(real)).log().mean() - (1 - torch.sigmoid(D(fake))).log().mean()
    return list(torch.autograd.grad(loss, list(D.parameters())))


def g_step_grads(G, D, z):
    loss = -torch.sigmoid(D(G(z))).log().mean()
    return list(torch.autograd.grad(loss, list(G.parameters())))


# %% q11_train_a_gan accept: gradients asked for by name, cross-entropies
def train_gan(G, D, real, z_d, z_g, rate):
    def update(net, optimiser, loss):
        for p, gradient in zip(net.parameters(), torch.autograd.grad(loss, list(net.parameters()))):
            p.grad = gradient
        optimiser.step()
        return loss.item()

    cross = lambda s, label: F.binary_cross_entropy_with_logits(s, torch.full_like(s, label))
    adams = {net: torch.optim.Adam(net.parameters(), rate, (0.5, 0.999)) for net in (G, D)}
    history = []
    for x, z, again in zip(real, z_d, z_g):
        with torch.no_grad():
            fake = G(z)
        first = update(D, adams[D], cross(D(x), 1.0) + cross(D(fake), 0.0))
        history.append([first, update(G, adams[G], cross(D(G(again)), 1.0))])
    return torch.tensor(history).reshape(-1, 2)


rest_losses = [math.log(4), -math.log(0.5)]


# %% q11_train_a_gan accept: generator frozen and thawed, softplus
def train_gan(G, D, real, z_d, z_g, rate):
    d_adam = torch.optim.Adam(D.parameters(), lr=rate, betas=(0.5, 0.999))
    g_adam = torch.optim.Adam(G.parameters(), lr=rate, betas=(0.5, 0.999))
    losses = np.zeros((len(real), 2))
    for step in range(len(real)):
        G.requires_grad_(False)
        d_adam.zero_grad()
        loss = (F.softplus(-D(real[step])) + F.softplus(D(G(z_d[step])))).mean()
        loss.backward()
        d_adam.step()
        losses[step, 0] = loss.item()
        G.requires_grad_(True)
        D.requires_grad_(False)
        g_adam.zero_grad()
        loss = F.softplus(-D(G(z_g[step]))).mean()
        loss.backward()
        g_adam.step()
        losses[step, 1] = loss.item()
        D.requires_grad_(True)
    return torch.tensor(losses)


rest_losses = (1.3862944, 0.6931472)


# %% q11_train_a_gan reject: gradients of the generator step are left in the discriminator
def train_gan(G, D, real, z_d, z_g, rate):
    d_adam = torch.optim.Adam(D.parameters(), lr=rate, betas=(0.5, 0.999))
    g_adam = torch.optim.Adam(G.parameters(), lr=rate, betas=(0.5, 0.999))
    history = []
    for x, z, again in zip(real, z_d, z_g):
        d_loss = F.softplus(-D(x)).mean() + F.softplus(D(G(z).detach())).mean()
        d_loss.backward()
        d_adam.step()
        g_loss = F.softplus(-D(G(again))).mean()
        g_adam.zero_grad()
        g_loss.backward()
        g_adam.step()
        history.append([d_loss.item(), g_loss.item()])
    return torch.tensor(history).reshape(-1, 2)


rest_losses = 2 * math.log(2), math.log(2)


# %% q11_train_a_gan reject: both updates after both losses
def train_gan(G, D, real, z_d, z_g, rate):
    d_adam = torch.optim.Adam(D.parameters(), lr=rate, betas=(0.5, 0.999))
    g_adam = torch.optim.Adam(G.parameters(), lr=rate, betas=(0.5, 0.999))
    history = []
    for x, z, again in zip(real, z_d, z_g):
        d_loss = F.softplus(-D(x)).mean() + F.softplus(D(G(z).detach())).mean()
        d_adam.zero_grad()
        d_loss.backward()
        pass
        g_loss = F.softplus(-D(G(again))).mean()
        g_adam.zero_grad()
        g_loss.backward()
        d_adam.step()
        g_adam.step()
        history.append([d_loss.item(), g_loss.item()])
    return torch.tensor(history).reshape(-1, 2)


rest_losses = 2 * math.log(2), math.log(2)


# %% q11_train_a_gan reject: generated batch not detached
def train_gan(G, D, real, z_d, z_g, rate):
    d_adam = torch.optim.Adam(D.parameters(), lr=rate, betas=(0.5, 0.999))
    g_adam = torch.optim.Adam(G.parameters(), lr=rate, betas=(0.5, 0.999))
    history = []
    for x, z, again in zip(real, z_d, z_g):
        d_loss = F.softplus(-D(x)).mean() + F.softplus(D(G(z))).mean()
        d_adam.zero_grad()
        d_loss.backward()
        d_adam.step()
        g_loss = F.softplus(-D(G(again))).mean()
        g_adam.zero_grad()
        g_loss.backward()
        g_adam.step()
        history.append([d_loss.item(), g_loss.item()])
    return torch.tensor(history).reshape(-1, 2)


rest_losses = 2 * math.log(2), math.log(2)


# %% q11_train_a_gan reject: the same latents in both steps
def train_gan(G, D, real, z_d, z_g, rate):
    d_adam = torch.optim.Adam(D.parameters(), lr=rate, betas=(0.5, 0.999))
    g_adam = torch.optim.Adam(G.parameters(), lr=rate, betas=(0.5, 0.999))
    history = []
    for x, z, again in zip(real, z_d, z_g):
        d_loss = F.softplus(-D(x)).mean() + F.softplus(D(G(z).detach())).mean()
        d_adam.zero_grad()
        d_loss.backward()
        d_adam.step()
        g_loss = F.softplus(-D(G(z))).mean()
        g_adam.zero_grad()
        g_loss.backward()
        g_adam.step()
        history.append([d_loss.item(), g_loss.item()])
    return torch.tensor(history).reshape(-1, 2)


rest_losses = 2 * math.log(2), math.log(2)


# %% q11_train_a_gan reject: saturating loss for the generator
def train_gan(G, D, real, z_d, z_g, rate):
    d_adam = torch.optim.Adam(D.parameters(), lr=rate, betas=(0.5, 0.999))
    g_adam = torch.optim.Adam(G.parameters(), lr=rate, betas=(0.5, 0.999))
    history = []
    for x, z, again in zip(real, z_d, z_g):
        d_loss = F.softplus(-D(x)).mean() + F.softplus(D(G(z).detach())).mean()
        d_adam.zero_grad()
        d_loss.backward()
        d_adam.step()
        g_loss = -F.softplus(D(G(again))).mean()
        g_adam.zero_grad()
        g_loss.backward()
        g_adam.step()
        history.append([d_loss.item(), g_loss.item()])
    return torch.tensor(history).reshape(-1, 2)


rest_losses = 2 * math.log(2), math.log(2)


# %% q11_train_a_gan reject: the generator helps the discriminator
def train_gan(G, D, real, z_d, z_g, rate):
    d_adam = torch.optim.Adam(D.parameters(), lr=rate, betas=(0.5, 0.999))
    g_adam = torch.optim.Adam(G.parameters(), lr=rate, betas=(0.5, 0.999))
    history = []
    for x, z, again in zip(real, z_d, z_g):
        d_loss = F.softplus(-D(x)).mean() + F.softplus(D(G(z).detach())).mean()
        d_adam.zero_grad()
        d_loss.backward()
        d_adam.step()
        g_loss = F.softplus(D(G(again))).mean()
        g_adam.zero_grad()
        g_loss.backward()
        g_adam.step()
        history.append([d_loss.item(), g_loss.item()])
    return torch.tensor(history).reshape(-1, 2)


rest_losses = 2 * math.log(2), math.log(2)


# %% q11_train_a_gan reject: the discriminator learns in the generator step, too
def train_gan(G, D, real, z_d, z_g, rate):
    d_adam = torch.optim.Adam(D.parameters(), lr=rate, betas=(0.5, 0.999))
    g_adam = torch.optim.Adam(G.parameters(), lr=rate, betas=(0.5, 0.999))
    history = []
    for x, z, again in zip(real, z_d, z_g):
        d_loss = F.softplus(-D(x)).mean() + F.softplus(D(G(z).detach())).mean()
        d_adam.zero_grad()
        d_loss.backward()
        d_adam.step()
        g_loss = F.softplus(-D(G(again))).mean()
        g_adam.zero_grad()
        g_loss.backward()
        g_adam.step()
        d_adam.step()
        history.append([d_loss.item(), g_loss.item()])
    return torch.tensor(history).reshape(-1, 2)


rest_losses = 2 * math.log(2), math.log(2)


# %% q11_train_a_gan reject: expects the losses at rest to vanish
def train_gan(G, D, real, z_d, z_g, rate):
    d_adam = torch.optim.Adam(D.parameters(), lr=rate, betas=(0.5, 0.999))
    g_adam = torch.optim.Adam(G.parameters(), lr=rate, betas=(0.5, 0.999))
    history = []
    for x, z, again in zip(real, z_d, z_g):
        d_loss = F.softplus(-D(x)).mean() + F.softplus(D(G(z).detach())).mean()
        d_adam.zero_grad()
        d_loss.backward()
        d_adam.step()
        g_loss = F.softplus(-D(G(again))).mean()
        g_adam.zero_grad()
        g_loss.backward()
        g_adam.step()
        history.append([d_loss.item(), g_loss.item()])
    return torch.tensor(history).reshape(-1, 2)


rest_losses = 0.0, 0.0


# %% q11_train_a_gan reject: one half in the discriminator's loss at rest
def train_gan(G, D, real, z_d, z_g, rate):
    d_adam = torch.optim.Adam(D.parameters(), lr=rate, betas=(0.5, 0.999))
    g_adam = torch.optim.Adam(G.parameters(), lr=rate, betas=(0.5, 0.999))
    history = []
    for x, z, again in zip(real, z_d, z_g):
        d_loss = F.softplus(-D(x)).mean() + F.softplus(D(G(z).detach())).mean()
        d_adam.zero_grad()
        d_loss.backward()
        d_adam.step()
        g_loss = F.softplus(-D(G(again))).mean()
        g_adam.zero_grad()
        g_loss.backward()
        g_adam.step()
        history.append([d_loss.item(), g_loss.item()])
    return torch.tensor(history).reshape(-1, 2)


rest_losses = math.log(2), math.log(2)


# %% q11_train_a_gan reject: expects a fooled discriminator at rest
def train_gan(G, D, real, z_d, z_g, rate):
    d_adam = torch.optim.Adam(D.parameters(), lr=rate, betas=(0.5, 0.999))
    g_adam = torch.optim.Adam(G.parameters(), lr=rate, betas=(0.5, 0.999))
    history = []
    for x, z, again in zip(real, z_d, z_g):
        d_loss = F.softplus(-D(x)).mean() + F.softplus(D(G(z).detach())).mean()
        d_adam.zero_grad()
        d_loss.backward()
        d_adam.step()
        g_loss = F.softplus(-D(G(again))).mean()
        g_adam.zero_grad()
        g_loss.backward()
        g_adam.step()
        history.append([d_loss.item(), g_loss.item()])
    return torch.tensor(history).reshape(-1, 2)


rest_losses = 10.0, 0.0


# %% q12_gan_statements accept: chain rule through the slope in the logit, plain counting
def signal(D, fake, kind):
    x = fake.clone().requires_grad_(True)
    s = D(x)
    (steepness,) = torch.autograd.grad(s.sum(), x)
    return -torch.sigmoid(s.detach() if kind == "saturating" else -s.detach()) * steepness


def signal_study(run, d_steps, seeds, kind):
    right, total = 0, 0.0
    for seed in seeds:
        D, fake = run(d_steps, seed)
        mean = float(signal(D, fake, kind).double().mean())
        right += mean < 0
        total += abs(mean)
    return right / len(seeds), total / len(seeds)


gan_facts = dict(fooling_is_enough=False, d_step_needs_generator=False, g_step_needs_path=True)
gan_facts |= dict(prior_makes_new_data=True, any_prior_will_do=False, head_start_helps=True)
gan_facts |= dict(more_is_always_better=False, train_on_at_half=False)


# %% q12_gan_statements accept: a function of the numbers, differentiated by torch.func
def signal(D, fake, kind):
    sign = 1 if kind == "saturating" else -1
    loss = lambda x: (-sign * F.softplus(sign * D(x))).sum()
    return torch.func.grad(loss)(fake)


def signal_study(run, d_steps, seeds, kind):
    means = torch.stack([signal(*run(d_steps, seed), kind).mean() for seed in seeds])
    return means.lt(0).double().mean().item(), means.abs().mean().item()


gan_facts = {"fooling_is_enough": False, "d_step_needs_generator": False, "g_step_needs_path": True}
gan_facts |= {"prior_makes_new_data": True, "any_prior_will_do": False, "head_start_helps": True}
gan_facts |= {"more_is_always_better": False, "train_on_at_half": False}


# %% q12_gan_statements reject: low generator loss and high discriminator loss are the aim
def signal(D, fake, kind):
    x = fake.detach().clone().requires_grad_()
    s = D(x)
    loss = -F.softplus(s) if kind == "saturating" else F.softplus(-s)
    return torch.autograd.grad(loss.sum(), x)[0]


def signal_study(run, d_steps, seeds, kind):
    means = np.array([signal(*run(d_steps, seed), kind).mean().item() for seed in seeds])
    return float((means < 0).mean()), float(np.abs(means).mean())


gan_facts = {"fooling_is_enough": True, "d_step_needs_generator": False, "g_step_needs_path": True}
gan_facts |= {"prior_makes_new_data": True, "any_prior_will_do": False, "head_start_helps": True}
gan_facts |= {"more_is_always_better": False, "train_on_at_half": False}


# %% q12_gan_statements reject: discriminator step thought to need the generator's graph
def signal(D, fake, kind):
    x = fake.detach().clone().requires_grad_()
    s = D(x)
    loss = -F.softplus(s) if kind == "saturating" else F.softplus(-s)
    return torch.autograd.grad(loss.sum(), x)[0]


def signal_study(run, d_steps, seeds, kind):
    means = np.array([signal(*run(d_steps, seed), kind).mean().item() for seed in seeds])
    return float((means < 0).mean()), float(np.abs(means).mean())


gan_facts = {"fooling_is_enough": False, "d_step_needs_generator": True, "g_step_needs_path": True}
gan_facts |= {"prior_makes_new_data": True, "any_prior_will_do": False, "head_start_helps": True}
gan_facts |= {"more_is_always_better": False, "train_on_at_half": False}


# %% q12_gan_statements reject: generator step thought to need no backpropagation at all
def signal(D, fake, kind):
    x = fake.detach().clone().requires_grad_()
    s = D(x)
    loss = -F.softplus(s) if kind == "saturating" else F.softplus(-s)
    return torch.autograd.grad(loss.sum(), x)[0]


def signal_study(run, d_steps, seeds, kind):
    means = np.array([signal(*run(d_steps, seed), kind).mean().item() for seed in seeds])
    return float((means < 0).mean()), float(np.abs(means).mean())


gan_facts = {"fooling_is_enough": False, "d_step_needs_generator": False, "g_step_needs_path": False}
gan_facts |= {"prior_makes_new_data": True, "any_prior_will_do": False, "head_start_helps": True}
gan_facts |= {"more_is_always_better": False, "train_on_at_half": False}


# %% q12_gan_statements reject: more training always helps
def signal(D, fake, kind):
    x = fake.detach().clone().requires_grad_()
    s = D(x)
    loss = -F.softplus(s) if kind == "saturating" else F.softplus(-s)
    return torch.autograd.grad(loss.sum(), x)[0]


def signal_study(run, d_steps, seeds, kind):
    means = np.array([signal(*run(d_steps, seed), kind).mean().item() for seed in seeds])
    return float((means < 0).mean()), float(np.abs(means).mean())


gan_facts = {"fooling_is_enough": False, "d_step_needs_generator": False, "g_step_needs_path": True}
gan_facts |= {"prior_makes_new_data": True, "any_prior_will_do": False, "head_start_helps": True}
gan_facts |= {"more_is_always_better": False, "train_on_at_half": True}


# %% q12_gan_statements reject: the better the discriminator, the better for the generator
def signal(D, fake, kind):
    x = fake.detach().clone().requires_grad_()
    s = D(x)
    loss = -F.softplus(s) if kind == "saturating" else F.softplus(-s)
    return torch.autograd.grad(loss.sum(), x)[0]


def signal_study(run, d_steps, seeds, kind):
    means = np.array([signal(*run(d_steps, seed), kind).mean().item() for seed in seeds])
    return float((means < 0).mean()), float(np.abs(means).mean())


gan_facts = {"fooling_is_enough": False, "d_step_needs_generator": False, "g_step_needs_path": True}
gan_facts |= {"prior_makes_new_data": True, "any_prior_will_do": False, "head_start_helps": True}
gan_facts |= {"more_is_always_better": True, "train_on_at_half": False}


# %% q12_gan_statements reject: any latents will do
def signal(D, fake, kind):
    x = fake.detach().clone().requires_grad_()
    s = D(x)
    loss = -F.softplus(s) if kind == "saturating" else F.softplus(-s)
    return torch.autograd.grad(loss.sum(), x)[0]


def signal_study(run, d_steps, seeds, kind):
    means = np.array([signal(*run(d_steps, seed), kind).mean().item() for seed in seeds])
    return float((means < 0).mean()), float(np.abs(means).mean())


gan_facts = {"fooling_is_enough": False, "d_step_needs_generator": False, "g_step_needs_path": True}
gan_facts |= {"prior_makes_new_data": True, "any_prior_will_do": True, "head_start_helps": True}
gan_facts |= {"more_is_always_better": False, "train_on_at_half": False}


# %% q12_gan_statements reject: derivative of the mean loss
def signal(D, fake, kind):
    x = fake.detach().clone().requires_grad_()
    s = D(x)
    loss = -F.softplus(s) if kind == "saturating" else F.softplus(-s)
    return torch.autograd.grad(loss.mean(), x)[0]


def signal_study(run, d_steps, seeds, kind):
    means = np.array([signal(*run(d_steps, seed), kind).mean().item() for seed in seeds])
    return float((means < 0).mean()), float(np.abs(means).mean())


gan_facts = {"fooling_is_enough": False, "d_step_needs_generator": False, "g_step_needs_path": True}
gan_facts |= {"prior_makes_new_data": True, "any_prior_will_do": False, "head_start_helps": True}
gan_facts |= {"more_is_always_better": False, "train_on_at_half": False}


# %% q12_gan_statements reject: gradients left in the discriminator
def signal(D, fake, kind):
    x = fake.detach().clone().requires_grad_()
    s = D(x)
    loss = -F.softplus(s) if kind == "saturating" else F.softplus(-s)
    loss.sum().backward()
    return x.grad


def signal_study(run, d_steps, seeds, kind):
    means = np.array([signal(*run(d_steps, seed), kind).mean().item() for seed in seeds])
    return float((means < 0).mean()), float(np.abs(means).mean())


gan_facts = {"fooling_is_enough": False, "d_step_needs_generator": False, "g_step_needs_path": True}
gan_facts |= {"prior_makes_new_data": True, "any_prior_will_do": False, "head_start_helps": True}
gan_facts |= {"more_is_always_better": False, "train_on_at_half": False}


# %% q12_gan_statements reject: sign of the saturating loss
def signal(D, fake, kind):
    x = fake.detach().clone().requires_grad_()
    s = D(x)
    loss = F.softplus(s) if kind == "saturating" else F.softplus(-s)
    return torch.autograd.grad(loss.sum(), x)[0]


def signal_study(run, d_steps, seeds, kind):
    means = np.array([signal(*run(d_steps, seed), kind).mean().item() for seed in seeds])
    return float((means < 0).mean()), float(np.abs(means).mean())


gan_facts = {"fooling_is_enough": False, "d_step_needs_generator": False, "g_step_needs_path": True}
gan_facts |= {"prior_makes_new_data": True, "any_prior_will_do": False, "head_start_helps": True}
gan_facts |= {"more_is_always_better": False, "train_on_at_half": False}


# %% q12_gan_statements reject: absolute value of the mean over runs
def signal(D, fake, kind):
    x = fake.detach().clone().requires_grad_()
    s = D(x)
    loss = -F.softplus(s) if kind == "saturating" else F.softplus(-s)
    return torch.autograd.grad(loss.sum(), x)[0]


def signal_study(run, d_steps, seeds, kind):
    means = np.array([signal(*run(d_steps, seed), kind).mean().item() for seed in seeds])
    return float((means < 0).mean()), float(abs(means.mean()))


gan_facts = {"fooling_is_enough": False, "d_step_needs_generator": False, "g_step_needs_path": True}
gan_facts |= {"prior_makes_new_data": True, "any_prior_will_do": False, "head_start_helps": True}
gan_facts |= {"more_is_always_better": False, "train_on_at_half": False}


# %% q12_gan_statements reject: share of runs that move to the left
def signal(D, fake, kind):
    x = fake.detach().clone().requires_grad_()
    s = D(x)
    loss = -F.softplus(s) if kind == "saturating" else F.softplus(-s)
    return torch.autograd.grad(loss.sum(), x)[0]


def signal_study(run, d_steps, seeds, kind):
    means = np.array([signal(*run(d_steps, seed), kind).mean().item() for seed in seeds])
    return float((means > 0).mean()), float(np.abs(means).mean())


gan_facts = {"fooling_is_enough": False, "d_step_needs_generator": False, "g_step_needs_path": True}
gan_facts |= {"prior_makes_new_data": True, "any_prior_will_do": False, "head_start_helps": True}
gan_facts |= {"more_is_always_better": False, "train_on_at_half": False}


# %% q6_transport_on_a_line equivalent: only the absolute value of what crosses a gap counts
# swapped-operands-a47af4

# %% q8_truncation equivalent: a normal number is equal to tau itself with probability zero
# wrong-boundary-24b0c3

# %% q10_who_gets_gradients equivalent: only gradients of D are asked for, so a graph of G costs memory and no more
# dropped-no-grad-1dd737
