# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_autoregression accept: solves for the coefficients from sampled sines, fits by the pseudo-inverse
def recurrence(omegas):
    m = 2 * len(omegas)
    roots = np.concatenate([np.exp(1j * np.array(omegas)), np.exp(-1j * np.array(omegas))])
    return -np.poly(roots).real[1 : m + 1]


def fit_ar(x, lags, n_train):
    rows, targets = [], []
    for t in range(max(lags), n_train):
        rows.append([x[t - lag] for lag in lags] + [1.0])
        targets.append(x[t])
    return np.linalg.pinv(np.array(rows)) @ np.array(targets)


def block_features(x, size, k):
    sums = np.concatenate([[0.0], np.cumsum(x)])
    rows = []
    for t in range(size * k, len(x)):
        rows.append([(sums[t - j * size] - sums[t - j * size - size]) / size for j in range(k)])
    return np.array(rows)


lag_facts = {"one_lag_is_exact": False, "sixteen_beat_four": True, "more_never_hurts": False}
lag_facts |= {"spread_lags_help": False, "block_means_help": True, "deep_network_helps": False}


# %% q1_autoregression reject: shifted by one, so that the target is among the features
def recurrence(omegas):
    polynomial = np.ones(1)
    for omega in omegas:
        polynomial = np.convolve(polynomial, [1.0, -2.0 * np.cos(omega), 1.0])
    return -polynomial[1:]


def fit_ar(x, lags, n_train):
    t = np.arange(max(lags), n_train)
    features = np.stack([x[t - lag + 1] for lag in lags] + [np.ones(len(t))], axis=1)
    return np.linalg.lstsq(features, x[t], rcond=None)[0]


def block_features(x, size, k):
    return np.array([[x[t - j * size - size : t - j * size].mean() for j in range(k)] for t in range(size * k, len(x))])


lag_facts = {"one_lag_is_exact": False, "sixteen_beat_four": True, "more_never_hurts": False}
lag_facts |= {"spread_lags_help": False, "block_means_help": True, "deep_network_helps": False}


# %% q1_autoregression reject: blocks in the order of time, and more lags are always better
def recurrence(omegas):
    polynomial = np.ones(1)
    for omega in omegas:
        polynomial = np.convolve(polynomial, [1.0, -2.0 * np.cos(omega), 1.0])
    return -polynomial[1:]


def fit_ar(x, lags, n_train):
    t = np.arange(max(lags), n_train)
    features = np.stack([x[t - lag] for lag in lags] + [np.ones(len(t))], axis=1)
    return np.linalg.lstsq(features, x[t], rcond=None)[0]


def block_features(x, size, k):
    return np.array([x[t - size * k : t].reshape(k, size).mean(axis=1) for t in range(size * k, len(x))])


lag_facts = {"one_lag_is_exact": False, "sixteen_beat_four": True, "more_never_hurts": True}
lag_facts |= {"spread_lags_help": False, "block_means_help": True, "deep_network_helps": False}


# %% q1_autoregression reject: one lag is enough without noise
def recurrence(omegas):
    return np.array([2 * np.cos(omega) for omega in omegas] + [-1.0] * len(omegas))


def fit_ar(x, lags, n_train):
    t = np.arange(max(lags), n_train)
    features = np.stack([x[t - lag] for lag in lags] + [np.ones(len(t))], axis=1)
    return np.linalg.lstsq(features, x[t], rcond=None)[0]


def block_features(x, size, k):
    return np.array([[x[t - j * size - size : t - j * size].mean() for j in range(k)] for t in range(size * k, len(x))])


lag_facts = {"one_lag_is_exact": True, "sixteen_beat_four": True, "more_never_hurts": False}
lag_facts |= {"spread_lags_help": True, "block_means_help": True, "deep_network_helps": True}


# %% q2_many_steps accept: powers of the companion matrix
def k_step_errors(x, coef, ks, start):
    lags = len(coef) - 1
    step = np.zeros((lags + 1, lags + 1))
    step[0] = coef
    step[-1, -1] = 1
    for row in range(1, lags):
        step[row, row - 1] = 1
    errors = []
    for k in ks:
        power = np.linalg.matrix_power(step, k)
        total = [
            (power[0] @ np.append(x[s - lags : s][::-1], 1.0) - x[s + k - 1]) ** 2
            for s in range(start, len(x) - max(ks) + 1)
        ]
        errors.append(sum(total) / len(total))
    return np.array(errors)


limit_facts = dict.fromkeys(
    ["errors_grow_with_k", "training_memory_grows_with_length", "any_length_after_training"], True
)
limit_facts |= dict.fromkeys(["one_step_error_tells_all", "parameters_grow_with_length"], False)
limit_facts |= dict.fromkeys(["state_grows_with_length", "times_are_parallel", "early_input_always_counts"], False)


# %% q2_many_steps reject: feeds the true values at every step
def k_step_errors(x, coef, ks, start):
    lags = len(coef) - 1
    errors = []
    for k in ks:
        t = np.arange(start, len(x) - max(ks) + 1) + k - 1
        window = np.stack([x[t - lag] for lag in range(1, lags + 1)], axis=1)
        errors.append(np.mean((window @ coef[:-1] + coef[-1] - x[t]) ** 2))
    return np.array(errors)


limit_facts = dict.fromkeys(
    ["errors_grow_with_k", "training_memory_grows_with_length", "any_length_after_training"], True
)
limit_facts |= dict.fromkeys(["one_step_error_tells_all", "parameters_grow_with_length"], False)
limit_facts |= dict.fromkeys(["state_grows_with_length", "times_are_parallel", "early_input_always_counts"], False)


# %% q2_many_steps reject: other origins for every k
def k_step_errors(x, coef, ks, start):
    lags, errors = len(coef) - 1, []
    for k in ks:
        squares = []
        for s in range(start, len(x) - k + 1):
            known = list(x[s - lags : s])
            for _ in range(k):
                known.append(float(np.dot(coef[:-1], known[: -lags - 1 : -1]) + coef[-1]))
            squares.append((known[-1] - x[s + k - 1]) ** 2)
        errors.append(np.mean(squares))
    return np.array(errors)


limit_facts = dict.fromkeys(
    ["errors_grow_with_k", "training_memory_grows_with_length", "any_length_after_training"], True
)
limit_facts |= dict.fromkeys(["one_step_error_tells_all", "parameters_grow_with_length"], False)
limit_facts |= dict.fromkeys(["state_grows_with_length", "times_are_parallel", "early_input_always_counts"], False)


# %% q2_many_steps reject: says that longer sequences need more parameters
def k_step_errors(x, coef, ks, start):
    lags, errors = len(coef) - 1, []
    for k in ks:
        squares = []
        for s in range(start, len(x) - max(ks) + 1):
            known = list(x[s - lags : s])
            for _ in range(k):
                known.append(float(np.dot(coef[:-1], known[: -lags - 1 : -1]) + coef[-1]))
            squares.append((known[-1] - x[s + k - 1]) ** 2)
        errors.append(np.mean(squares))
    return np.array(errors)


limit_facts = dict.fromkeys(
    ["errors_grow_with_k", "training_memory_grows_with_length", "any_length_after_training"], True
)
limit_facts |= dict.fromkeys(["one_step_error_tells_all", "parameters_grow_with_length"], True)
limit_facts |= dict.fromkeys(["state_grows_with_length", "times_are_parallel", "early_input_always_counts"], False)


# %% q3_past_returns accept: world by world, total returns by logarithms
def selection_bias(count, months, sigma, repeats, seed):
    rng = np.random.default_rng(seed)
    past = future = 0.0
    for _ in range(repeats):
        before = [rng.normal(0, sigma, size=months) for _ in range(count)]
        after = [rng.normal(0, sigma, size=months) for _ in range(count)]
        best = max(range(count), key=lambda i: before[i].sum())
        past += before[best].mean() / repeats
        future += after[best].mean() / repeats
    return float(past), float(future)


def survivors_mean(returns, floor):
    kept = []
    for row in returns:
        wealth = 1.0
        for r in row:
            wealth = wealth + wealth * r
        if wealth - 1 > floor:
            kept.append(row)
    return float(np.mean(kept)) if kept else float("nan")


return_facts = dict(record_grows_with_count=True, future_grows_with_count=False, longer_record_deceives_less=True)
return_facts |= dict(fresh_months_are_fair=True, survivors_are_fair=False, record_helps_when_the_law_changes=False)


# %% q3_past_returns reject: judges the choice by the same months
def selection_bias(count, months, sigma, repeats, seed):
    past = np.random.default_rng(seed).normal(0, sigma, size=(repeats, count, months)).mean(axis=-1)
    best = float(past.max(axis=1).mean())
    return best, best


def survivors_mean(returns, floor):
    alive = returns[np.prod(1 + returns, axis=1) - 1 > floor]
    return float(alive.mean()) if len(alive) else math.nan


return_facts = dict(record_grows_with_count=True, future_grows_with_count=True, longer_record_deceives_less=True)
return_facts |= dict(fresh_months_are_fair=True, survivors_are_fair=False, record_helps_when_the_law_changes=True)


# %% q3_past_returns reject: adds monthly returns up instead of compounding
def selection_bias(count, months, sigma, repeats, seed):
    rng = np.random.default_rng(seed)
    past, future = rng.normal(0, sigma, size=(2, repeats, count, months)).mean(axis=-1)
    chosen = past.argmax(axis=1)
    return float(past.max(axis=1).mean()), float(future[np.arange(repeats), chosen].mean())


def survivors_mean(returns, floor):
    alive = returns[returns.sum(axis=1) > floor]
    return float(alive.mean()) if len(alive) else math.nan


return_facts = dict(record_grows_with_count=True, future_grows_with_count=False, longer_record_deceives_less=True)
return_facts |= dict(fresh_months_are_fair=True, survivors_are_fair=False, record_helps_when_the_law_changes=False)


# %% q3_past_returns reject: means over all securities, and takes survivors at their word
def selection_bias(count, months, sigma, repeats, seed):
    rng = np.random.default_rng(seed)
    past, future = rng.normal(0, sigma, size=(2, repeats, count, months))
    return float(past.mean()), float(future.mean())


def survivors_mean(returns, floor):
    return float(returns.mean())


return_facts = dict(record_grows_with_count=True, future_grows_with_count=False, longer_record_deceives_less=True)
return_facts |= dict(fresh_months_are_fair=True, survivors_are_fair=True, record_helps_when_the_law_changes=False)


# %% q4_either_direction accept: sums cell by cell, eigenvector of the chain
def chain_factors(P, order):
    def marginal(names):
        kept = [P.shape[v] if v in names else 1 for v in range(3)]
        table = np.zeros(kept)
        for cell in np.ndindex(P.shape):
            table[tuple(cell[v] if v in names else 0 for v in range(3))] += P[cell]
        return table

    factors = []
    for i in range(3):
        top = marginal(order[: i + 1])
        bottom = np.broadcast_to(marginal(order[:i]), top.shape)
        factors.append(np.array([t / b if b else 0.0 for t, b in zip(top.flat, bottom.flat)]).reshape(top.shape))
    return factors


def reverse_chain(A):
    values, vectors = np.linalg.eig(A.T)
    share = vectors[:, np.argmax(values.real)].real
    share = share / share.sum()
    back = np.empty_like(A)
    for i in range(len(A)):
        for j in range(len(A)):
            back[j, i] = share[i] * A[i, j] / share[j]
    return back


direction_facts = dict(backward_lowers_probability=False, backward_needs_causes=False, same_table=False)
direction_facts |= dict(same_uncertainty_per_token=True, window_cost_is_one_sided=False)


# %% q4_either_direction reject: transposes the chain without Bayes' weights
def chain_factors(P, order):
    factors, below = [], np.ones((1, 1, 1))
    for i in range(3):
        joint = P.sum(axis=tuple(order[i + 1 :]), keepdims=True)
        factors.append(np.where(below > 0, joint / np.where(below > 0, below, 1), 0))
        below = joint
    return factors


def reverse_chain(A):
    return A.T / A.T.sum(axis=1, keepdims=True)


direction_facts = dict(backward_lowers_probability=False, backward_needs_causes=False, same_table=False)
direction_facts |= dict(same_uncertainty_per_token=True, window_cost_is_one_sided=False)


# %% q4_either_direction reject: the future cannot cause the past, so only the forward order counts
def chain_factors(P, order):
    factors, below = [], np.ones((1, 1, 1))
    for i in range(3):
        joint = P.sum(axis=(1, 2)[i:], keepdims=True)
        factors.append(np.where(below > 0, joint / np.where(below > 0, below, 1), 0))
        below = joint
    return factors


def reverse_chain(A):
    return A


direction_facts = dict(backward_lowers_probability=True, backward_needs_causes=True, same_table=False)
direction_facts |= dict(same_uncertainty_per_token=False, window_cost_is_one_sided=True)


# %% q4_either_direction reject: puts all of P into one factor
def chain_factors(P, order):
    return [P, np.ones_like(P), np.ones_like(P)]


def reverse_chain(A):
    share = np.linalg.matrix_power(A, 5000)[0]
    return (share[:, None] * A / share).T


direction_facts = dict(backward_lowers_probability=False, backward_needs_causes=False, same_table=False)
direction_facts |= dict(same_uncertainty_per_token=True, window_cost_is_one_sided=False)


# %% q4_either_direction reject: divides by zero where a condition never occurs
def chain_factors(P, order):
    factors, below = [], np.ones((1, 1, 1))
    for i in range(3):
        joint = P.sum(axis=tuple(order[i + 1 :]), keepdims=True)
        factors.append(joint / below)
        below = joint
    return factors


def reverse_chain(A):
    share = np.linalg.matrix_power(A, 5000)[0]
    return (share[:, None] * A / share).T


direction_facts = dict(backward_lowers_probability=False, backward_needs_causes=False, same_table=False)
direction_facts |= dict(same_uncertainty_per_token=True, window_cost_is_one_sided=False)


# %% q5_hidden_state accept: counts ones since the last zero, and contexts in a dictionary
def even_filter(bits):
    out, ones, seen = [], 0, False
    belief = 2 / 3
    for bit in bits:
        if seen:
            out.append(1.0 if ones % 2 else 0.5)
        else:
            out.append(1 - belief / 2)
        if bit:
            ones += 1
            belief = (1 - belief) / (1 - belief / 2)
        else:
            ones, seen = 0, True
    return np.array(out)


def window_model(train, bits, k):
    ones, all_ = Counter(), Counter()
    train, bits = [int(b) for b in train], [int(b) for b in bits]
    for t in range(k, len(train)):
        context = tuple(train[t - k : t])
        ones[context] += train[t]
        all_[context] += 1
    out = []
    for t in range(len(bits)):
        context = tuple(bits[max(t - k, 0) : t])
        out.append((ones[context] + 1) / (all_[context] + 2) if t >= k else 0.5)
    return np.array(out)


def bits_per_symbol(p, bits):
    return float(sum(-math.log2(q if bit else 1 - q) for q, bit in zip(p, bits)) / len(p))


# %% q5_hidden_state reject: parity counted from the start of the sequence
def even_filter(bits):
    return np.array([1.0 if sum(bits[:t]) % 2 else (0.5 if t else 2 / 3) for t in range(len(bits))])


def window_model(train, bits, k):
    out = np.full(len(bits), 0.5)
    for t in range(k, len(bits)):
        after = [train[i] for i in range(k, len(train)) if (train[i - k : i] == bits[t - k : t]).all()]
        out[t] = (sum(after) + 1) / (len(after) + 2)
    return out


def bits_per_symbol(p, bits):
    return float(-np.log2(np.where(bits == 1, p, 1 - p)).mean())


# %% q5_hidden_state reject: a first-order Markov model in place of the filter
def even_filter(bits):
    p = np.full(len(bits), 2 / 3)
    p[1:] = np.where(bits[:-1] == 1, 3 / 4, 1 / 2)
    return p


def window_model(train, bits, k):
    counts = Counter(zip(*(train[i:].tolist() for i in range(k + 1))))
    out = []
    for t in range(len(bits)):
        context = tuple(bits[max(t - k, 0) : t].tolist())
        zero, one = counts[(*context, 0)] + 1, counts[(*context, 1)] + 1
        out.append(one / (zero + one) if t >= k else 0.5)
    return np.array(out)


def bits_per_symbol(p, bits):
    return float(-np.log2(np.where(bits == 1, p, 1 - p)).mean())


# %% q5_hidden_state reject: natural logarithm, and the window sees the symbol it predicts
def even_filter(bits):
    belief, out = 2 / 3, []
    for bit in bits:
        out.append(1 - belief / 2)
        belief = (1 - belief) / out[-1] if bit else 1.0
    return np.array(out)


def window_model(train, bits, k):
    out = np.full(len(bits), 0.5)
    for t in range(k, len(bits)):
        after = [train[i] for i in range(k, len(train)) if (train[i - k + 1 : i + 1] == bits[t - k + 1 : t + 1]).all()]
        out[t] = (sum(after) + 1) / (len(after) + 2)
    return out


def bits_per_symbol(p, bits):
    return float(-np.log(np.where(bits == 1, p, 1 - p)).mean())


# %% q6_ngrams accept: geometric series, windows by index, slope from sums
entries_vocabulary = 10**5 * (10**20 - 1) // (10**5 - 1)
entries_running = 100_000 + 99_999 + 99_998 + 99_997


def dense_entries(V, n):
    total = 0
    for _ in range(n):
        total = V * (total + 1)
    return total


def max_distinct(T, n):
    orders = min(n, T)
    return orders * T - orders * (orders - 1) // 2


def ngram_tables(tokens, n):
    tables = []
    for order in range(1, n + 1):
        table = {}
        for i in range(len(tokens) - order + 1):
            run = tuple(tokens[i : i + order])
            table[run] = table.get(run, 0) + 1
        tables.append(table)
    return tables


def zipf_exponent(counts, lo, hi):
    y = [math.log(c) for c in sorted(counts, reverse=True)[lo - 1 : hi]]
    x = [math.log(r) for r in range(lo, hi + 1)]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return -sum((a - mx) * (b - my) for a, b in zip(x, y)) / sum((a - mx) ** 2 for a in x)


zipf_facts = dict(falls_with_n=True, pairs_keep_the_exponent=False, all_ranks_will_do=False)
zipf_facts |= dict(mostly_singletons=True, base_matters=False)


# %% q6_ngrams reject: only the runs of exactly n words
entries_vocabulary = 10**20
entries_running = 99_997


def dense_entries(V, n):
    return V**n


def max_distinct(T, n):
    return T - n + 1


def ngram_tables(tokens, n):
    return [Counter(zip(*(tokens[i:] for i in range(order)))) for order in range(1, n + 1)]


def zipf_exponent(counts, lo, hi):
    ordered = np.sort(counts)[::-1]
    return -float(np.polyfit(np.log(np.arange(lo, hi + 1)), np.log(ordered[lo - 1 : hi]), 1)[0])


zipf_facts = dict(falls_with_n=True, pairs_keep_the_exponent=False, all_ranks_will_do=False)
zipf_facts |= dict(mostly_singletons=True, base_matters=False)


# %% q6_ngrams reject: applies Zipf's law instead of counting
entries_vocabulary = 100_000
entries_running = 400_000


def dense_entries(V, n):
    return round(sum(V * r**-1.07 for r in range(1, n + 1)))


def max_distinct(T, n):
    return n * T


def ngram_tables(tokens, n):
    return [Counter(tuple(tokens[i : i + order]) for i in range(0, len(tokens), order)) for order in range(1, n + 1)]


def zipf_exponent(counts, lo, hi):
    ordered = np.sort(counts)[::-1]
    return float(np.polyfit(np.log(np.arange(lo, hi + 1)), np.log(ordered[lo - 1 : hi]), 1)[0])


zipf_facts = dict(falls_with_n=True, pairs_keep_the_exponent=True, all_ranks_will_do=False)
zipf_facts |= dict(mostly_singletons=True, base_matters=False)


# %% q6_ngrams reject: fits all ranks, and counts in floating point
entries_vocabulary = int(1e5 + 1e10 + 1e15 + 1e20)
entries_running = 399_994


def dense_entries(V, n):
    return int(sum(float(V) ** order for order in range(1, n + 1)))


def max_distinct(T, n):
    return sum(T - order for order in range(n))


def ngram_tables(tokens, n):
    return [Counter(zip(*(tokens[i:] for i in range(order)))) for order in range(1, n + 1)]


def zipf_exponent(counts, lo, hi):
    ordered = np.sort(counts)[::-1]
    return -float(np.polyfit(np.log(np.arange(1, len(ordered) + 1)), np.log(ordered), 1)[0])


zipf_facts = dict(falls_with_n=True, pairs_keep_the_exponent=False, all_ranks_will_do=True)
zipf_facts |= dict(mostly_singletons=True, base_matters=False)


# %% q7_smoothing accept: arrays over the vocabulary
def smooth_unigram(tokens, vocab, eps1):
    n = np.array([sum(token == w for token in tokens) for w in vocab])
    return dict(zip(vocab, ((n + eps1 / len(vocab)) / (len(tokens) + eps1)).tolist()))


def smooth_bigram(tokens, vocab, eps1, eps2, corrected):
    place = {w: i for i, w in enumerate(vocab)}
    table = np.zeros((len(vocab), len(vocab)))
    for w, v in zip(tokens[:-1], tokens[1:]):
        table[place[w], place[v]] += 1
    size = table.sum(axis=1)
    if not corrected:
        size[place[tokens[-1]]] += 1
    p = np.array(list(smooth_unigram(tokens, vocab, eps1).values()))
    table = (table + eps2 * p) / (size + eps2)[:, None]
    return {w: dict(zip(vocab, row.tolist())) for w, row in zip(vocab, table)}


def unseen_add_one(tokens, V):
    seen = set(tokens)
    return 1 - sum((tokens.count(w) + 1) / (len(tokens) + V) for w in seen)


def unseen_good_turing(tokens):
    return len([w for w in tokens if tokens.count(w) == 1]) / len(tokens)


smoothing_facts = dict(rows_sum_to_one=False, one_row_at_most=True, context_ranks_unseen=False)
smoothing_facts |= dict(pairs_are_independent_draws=False, add_one_suits_words=False, add_one_hurts_the_frequent=True)


# %% q7_smoothing reject: renormalises the rows of the formula, too
def smooth_unigram(tokens, vocab, eps1):
    counts = Counter(tokens)
    return {w: (counts[w] + eps1 / len(vocab)) / (len(tokens) + eps1) for w in vocab}


def smooth_bigram(tokens, vocab, eps1, eps2, corrected):
    p, pairs = smooth_unigram(tokens, vocab, eps1), Counter(zip(tokens, tokens[1:]))
    rows = {w: {v: pairs[w, v] + eps2 * p[v] for v in vocab} for w in vocab}
    return {w: {v: value / sum(row.values()) for v, value in row.items()} for w, row in rows.items()}


def unseen_add_one(tokens, V):
    return (V - len(set(tokens))) / (len(tokens) + V)


def unseen_good_turing(tokens):
    return sum(tokens.count(w) == 1 for w in set(tokens)) / len(tokens)


smoothing_facts = dict(rows_sum_to_one=True, one_row_at_most=True, context_ranks_unseen=False)
smoothing_facts |= dict(pairs_are_independent_draws=False, add_one_suits_words=False, add_one_hurts_the_frequent=True)


# %% q7_smoothing reject: epsilon per word, and a flat base for pairs
def smooth_unigram(tokens, vocab, eps1):
    counts = Counter(tokens)
    return {w: (counts[w] + eps1) / (len(tokens) + eps1 * len(vocab)) for w in vocab}


def smooth_bigram(tokens, vocab, eps1, eps2, corrected):
    pairs = Counter(zip(tokens, tokens[1:]))
    size = Counter(tokens[:-1]) if corrected else Counter(tokens)
    return {w: {v: (pairs[w, v] + eps2 / len(vocab)) / (size[w] + eps2) for v in vocab} for w in vocab}


def unseen_add_one(tokens, V):
    return (V - len(set(tokens))) / (len(tokens) + V)


def unseen_good_turing(tokens):
    return sum(tokens.count(w) == 1 for w in set(tokens)) / len(tokens)


smoothing_facts = dict(rows_sum_to_one=False, one_row_at_most=True, context_ranks_unseen=False)
smoothing_facts |= dict(pairs_are_independent_draws=False, add_one_suits_words=False, add_one_hurts_the_frequent=True)


# %% q7_smoothing reject: the only trouble is the tail of rare words
def smooth_unigram(tokens, vocab, eps1):
    counts = Counter(tokens)
    return {w: (counts[w] + eps1 / len(vocab)) / (len(tokens) + eps1) for w in vocab}


def smooth_bigram(tokens, vocab, eps1, eps2, corrected):
    p, pairs, size = smooth_unigram(tokens, vocab, eps1), Counter(zip(tokens, tokens[1:])), Counter(tokens)
    return {w: {v: (pairs[w, v] + eps2 * p[v]) / (size[w] + eps2) for v in vocab} for w in vocab}


def unseen_add_one(tokens, V):
    return 1 / (len(tokens) + V)


def unseen_good_turing(tokens):
    return sum(tokens.count(w) == 1 for w in set(tokens)) / len(set(tokens))


smoothing_facts = dict(rows_sum_to_one=True, one_row_at_most=True, context_ranks_unseen=True)
smoothing_facts |= dict(pairs_are_independent_draws=True, add_one_suits_words=True, add_one_hurts_the_frequent=False)


# %% q8_dialogue accept: first count the turns that fit, then write them
def serialize(turns, vocab, max_len):
    kept = 0
    while kept < len(turns) and sum(len(words) + 2 for _, words in turns[len(turns) - kept - 1 :]) <= max_len:
        kept += 1
    if kept == 0:
        raise ValueError("the last turn is too long")
    special = {"<A>", "<B>", "<eot>", "<unk>"}
    tokens, owner = [], []
    for speaker, words in turns[len(turns) - kept :]:
        tokens.append(vocab["<" + speaker + ">"])
        owner.append(None)
        for w in words:
            tokens.append(vocab["<unk>"] if w in special else vocab.get(w, vocab["<unk>"]))
            owner.append(speaker)
        tokens.append(vocab["<eot>"])
        owner.append(speaker)
    mask = [who == "B" for who in owner[1:]] + [False]
    return np.array(tokens).astype("int64"), np.array(mask, dtype=bool)


# %% q8_dialogue reject: the loss counts both speakers
def serialize(turns, vocab, max_len):
    tokens, mask = [], []
    for speaker, words in reversed(turns):
        words = [w if w in vocab and w not in ("<A>", "<B>", "<eot>") else "<unk>" for w in words]
        turn = [vocab[w] for w in ["<" + speaker + ">", *words, "<eot>"]]
        if len(turn) + len(tokens) > max_len:
            break
        tokens, mask = turn + tokens, [True] * (len(turn) - 1) + [False] + mask
    if not tokens:
        raise ValueError("too long")
    return np.array(tokens), np.array(mask)


# %% q8_dialogue reject: the mask is not shifted with the targets
def serialize(turns, vocab, max_len):
    tokens, mask = [], []
    for speaker, words in reversed(turns):
        words = [w if w in vocab and w not in ("<A>", "<B>", "<eot>") else "<unk>" for w in words]
        turn = [vocab[w] for w in ["<" + speaker + ">", *words, "<eot>"]]
        if len(turn) + len(tokens) > max_len:
            break
        tokens, mask = turn + tokens, [False] + [speaker == "B"] * (len(turn) - 1) + mask
    if not tokens:
        raise ValueError("too long")
    return np.array(tokens), np.array(mask)


# %% q8_dialogue reject: cut at the right, in the middle of a turn
def serialize(turns, vocab, max_len):
    tokens, mask = [], []
    for speaker, words in turns:
        words = [w if w in vocab and w not in ("<A>", "<B>", "<eot>") else "<unk>" for w in words]
        tokens += [vocab[w] for w in ["<" + speaker + ">", *words, "<eot>"]]
        mask += [speaker == "B"] * (len(words) + 1) + [False]
    if len(turns[-1][1]) + 2 > max_len:
        raise ValueError("too long")
    return np.array(tokens[:max_len]), np.array(mask[:max_len])


# %% q8_dialogue reject: lets speakers say markers
def serialize(turns, vocab, max_len):
    tokens, mask = [], []
    for speaker, words in reversed(turns):
        turn = [vocab.get(w, vocab["<unk>"]) for w in ["<" + speaker + ">", *words, "<eot>"]]
        if len(turn) + len(tokens) > max_len:
            break
        tokens, mask = turn + tokens, [speaker == "B"] * (len(turn) - 1) + [False] + mask
    if not tokens:
        raise ValueError("too long")
    return np.array(tokens), np.array(mask)


# %% q10_random_offset accept: walks through the text
def cut(T, n, offset, circular):
    starts, s = [], offset
    if circular:
        while len(starts) < T // n:
            starts.append(s)
            s = s + n if s + n < T else s + n - T
        return starts
    while s + n <= T - 1:
        starts.append(s)
        s += n
    return starts


def coverage(T, n, offsets, circular):
    counts = Counter(s for offset in offsets for s in cut(T, n, offset, circular))
    start_prob = np.array([counts[s] / len(offsets) for s in range(T)])
    token_prob = np.array([sum(start_prob[(t - back) % T] for back in range(n)) for t in range(T)])
    return token_prob, start_prob


def missed(M):
    return math.exp(M * math.log1p(-1 / M)) if M > 1 else 0.0


offset_facts = dict(tokens_are_uniform=False, starts_are_uniform=True, one_more_offset_is_harmless=False)
offset_facts |= dict(starts_are_independent=False, ring_is_uniform=True, replacement_loses_little=False)


# %% q10_random_offset reject: forgets the token that the last target needs
def cut(T, n, offset, circular):
    if circular:
        return [(offset + n * j) % T for j in range(T // n)]
    return list(range(offset, T - n + 1, n))


def coverage(T, n, offsets, circular):
    token_prob, start_prob = np.zeros(T), np.zeros(T)
    for offset in offsets:
        for start in cut(T, n, offset, circular):
            start_prob[start] += 1 / len(offsets)
            token_prob[np.arange(start, start + n) % T] += 1 / len(offsets)
    return token_prob, start_prob


def missed(M):
    return (1 - 1 / M) ** M


offset_facts = dict(tokens_are_uniform=False, starts_are_uniform=True, one_more_offset_is_harmless=False)
offset_facts |= dict(starts_are_independent=False, ring_is_uniform=True, replacement_loses_little=False)


# %% q10_random_offset reject: claims that a random offset covers everything evenly
def cut(T, n, offset, circular):
    if circular:
        return [(offset + n * j) % T for j in range(T // n)]
    return list(range(offset, T - n, n))


def coverage(T, n, offsets, circular):
    return np.ones(T), np.full(T, 1 / n)


def missed(M):
    return 1 / M


offset_facts = dict(tokens_are_uniform=True, starts_are_uniform=True, one_more_offset_is_harmless=True)
offset_facts |= dict(starts_are_independent=True, ring_is_uniform=True, replacement_loses_little=True)


# %% q10_random_offset reject: takes an offset drawn from one value too many to be harmless, rings without modulo
def cut(T, n, offset, circular):
    return list(range(offset, T if circular else T - n, n))


def coverage(T, n, offsets, circular):
    token_prob, start_prob = np.zeros(T), np.zeros(T)
    for offset in offsets:
        for start in cut(T, n, offset, circular):
            start_prob[start] += 1 / len(offsets)
            token_prob[np.arange(start, start + n) % T] += 1 / len(offsets)
    return token_prob, start_prob


def missed(M):
    return (1 - 1 / M) ** M


offset_facts = dict(tokens_are_uniform=False, starts_are_uniform=True, one_more_offset_is_harmless=True)
offset_facts |= dict(starts_are_independent=False, ring_is_uniform=True, replacement_loses_little=False)


# %% q11_sentences accept: lists filled by hand, loss from log-probabilities
def bucket_batches(lengths, batch_size, seed):
    rng = np.random.default_rng(seed)
    order = sorted(rng.permutation(len(lengths)).tolist(), key=lambda i: lengths[i])
    rest = len(order) % batch_size
    batches = [order[:rest]] if rest else []
    batches += [order[i : i + batch_size] for i in range(rest, len(order), batch_size)]
    return [batches[i] for i in rng.permutation(len(batches))]


def padding_share(batches, lengths):
    empty = total = 0
    for batch in batches:
        top = max(lengths[i] for i in batch)
        empty += sum(top - lengths[i] for i in batch)
        total += top * len(batch)
    return empty / total


def pad_batch(sents, pad, eos, max_len):
    sizes = [min(len(sent), max_len) for sent in sents]
    width = max(sizes)
    X = [sent[:size] + [pad] * (width - size) for sent, size in zip(sents, sizes)]
    Y = [(sent[1:] + [eos])[:size] + [pad] * (width - size) for sent, size in zip(sents, sizes)]
    mask = [[j < size for j in range(width)] for size in sizes]
    return torch.tensor(X), torch.tensor(Y), torch.tensor(mask)


def masked_ce(logits, Y, mask):
    logits = torch.where(mask[..., None], logits, torch.zeros_like(logits))
    logp = torch.log_softmax(logits, dim=-1).gather(-1, Y[..., None])[..., 0]
    return -(logp * mask).sum() / mask.sum()


sampling_facts = dict(mean_of_means=False, dropping_is_fair=False, unequal_draws_are_unbiased=False)
sampling_facts |= dict(weights_repair_it=True, windows_repeat_tokens=True, streams_go_on=True)


# %% q11_sentences reject: mean over all positions, padding included
def bucket_batches(lengths, batch_size, seed):
    rng = np.random.default_rng(seed)
    order = sorted(rng.permutation(len(lengths)).tolist(), key=lambda i: lengths[i])
    batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    return [batches[i] for i in rng.permutation(len(batches))]


def padding_share(batches, lengths):
    cells = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
    return 1 - sum(lengths) / cells


def pad_batch(sents, pad, eos, max_len):
    sizes = [min(len(sent), max_len) for sent in sents]
    width = max(sizes)
    X = [sent[:size] + [pad] * (width - size) for sent, size in zip(sents, sizes)]
    Y = [(sent[1:] + [eos])[:size] + [pad] * (width - size) for sent, size in zip(sents, sizes)]
    return torch.tensor(X), torch.tensor(Y), torch.tensor([[j < size for j in range(width)] for size in sizes])


def masked_ce(logits, Y, mask):
    return F.cross_entropy(logits.flatten(0, 1), Y.flatten())


sampling_facts = dict(mean_of_means=False, dropping_is_fair=False, unequal_draws_are_unbiased=False)
sampling_facts |= dict(weights_repair_it=True, windows_repeat_tokens=True, streams_go_on=True)


# %% q11_sentences reject: mean of the sentences' means, and the incomplete batch is dropped
def bucket_batches(lengths, batch_size, seed):
    rng = np.random.default_rng(seed)
    order = sorted(rng.permutation(len(lengths)).tolist(), key=lambda i: lengths[i])
    batches = [order[i : i + batch_size] for i in range(0, len(order) - batch_size + 1, batch_size)]
    return [batches[i] for i in rng.permutation(len(batches))]


def padding_share(batches, lengths):
    cells = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
    return 1 - sum(lengths[i] for batch in batches for i in batch) / cells


def pad_batch(sents, pad, eos, max_len):
    sents = [sent for sent in sents if len(sent) <= max_len] or sents[:1]
    sizes = [min(len(sent), max_len) for sent in sents]
    width = max(sizes)
    X = [sent[:size] + [pad] * (width - size) for sent, size in zip(sents, sizes)]
    Y = [(sent[1:] + [eos])[:size] + [pad] * (width - size) for sent, size in zip(sents, sizes)]
    return torch.tensor(X), torch.tensor(Y), torch.tensor([[j < size for j in range(width)] for size in sizes])


def masked_ce(logits, Y, mask):
    return torch.stack([F.cross_entropy(f[m], y[m]) for f, y, m in zip(logits, Y, mask)]).mean()


sampling_facts = dict(mean_of_means=True, dropping_is_fair=True, unequal_draws_are_unbiased=False)
sampling_facts |= dict(weights_repair_it=True, windows_repeat_tokens=True, streams_go_on=True)


# %% q11_sentences reject: sorted batches in sorted order, mask taken from the pad token
def bucket_batches(lengths, batch_size, seed):
    order = np.argsort(lengths, kind="stable").tolist()
    return [order[i : i + batch_size] for i in range(0, len(order), batch_size)]


def padding_share(batches, lengths):
    cells = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
    return 1 - sum(lengths[i] for batch in batches for i in batch) / cells


def pad_batch(sents, pad, eos, max_len):
    sizes = [min(len(sent), max_len) for sent in sents]
    width = max(sizes)
    X = torch.tensor([sent[:size] + [pad] * (width - size) for sent, size in zip(sents, sizes)])
    Y = torch.tensor([(sent[1:] + [eos])[:size] + [pad] * (width - size) for sent, size in zip(sents, sizes)])
    return X, Y, Y != pad


def masked_ce(logits, Y, mask):
    loss = F.cross_entropy(logits.transpose(1, 2), Y, reduction="none")
    return (loss * mask).sum() / mask.sum()


sampling_facts = dict(mean_of_means=False, dropping_is_fair=False, unequal_draws_are_unbiased=True)
sampling_facts |= dict(weights_repair_it=False, windows_repeat_tokens=True, streams_go_on=True)


# %% q12_perplexity accept: powers of two, and one tensor of all log-probabilities
def build_vocab(train_text, min_freq, reserved):
    counts = {}
    for c in train_text:
        counts[c] = counts.get(c, 0) + 1
    pairs = sorted((-n, c) for c, n in counts.items() if n >= min_freq)
    itos = list(reserved) + [c for _, c in pairs]
    return dict(zip(itos, range(len(itos)))), itos


def encode(text, stoi):
    out = np.full(len(text), stoi["<unk>"], dtype="int64")
    for i, c in enumerate(text):
        if c in stoi:
            out[i] = stoi[c]
    return out


outputs_rain = len({*"the rain in spain"}) + 1


def perplexity(p):
    if (p == 0).any():
        return math.inf
    return 2 ** -(sum(math.log2(q) for q in p) / len(p))


def inv_harmonic(p):
    return math.inf if 0 in p else sum(1 / q for q in p) / len(p)


def inv_arithmetic(p):
    return len(p) / math.fsum(p)


def counterexample():
    return np.array([0.5] * 5 + [0.001])


def corpus_perplexity(batches):
    parts = [torch.log_softmax(f, 1)[torch.arange(len(y)), y] for f, y in batches]
    return float(torch.exp(-torch.cat(parts).double().mean()))


perplexity_facts = dict(inverse_of_harmonic_mean=False, inverse_of_geometric_mean=True, mean_of_batches=False)
perplexity_facts |= dict(all_means_agree_if_constant=True, one_bad_token_can_ruin_it=True)


# %% q12_perplexity reject: the harmonic mean, as claimed
def build_vocab(train_text, min_freq, reserved):
    counts = Counter(train_text)
    kept = sorted((c for c in counts if counts[c] >= min_freq), key=lambda c: (-counts[c], c))
    itos = [*reserved, *kept]
    return {token: i for i, token in enumerate(itos)}, itos


def encode(text, stoi):
    return np.array([stoi.get(c, stoi["<unk>"]) for c in text], dtype=np.int64)


outputs_rain = 11


def perplexity(p):
    with np.errstate(divide="ignore"):
        return float((1 / p).mean())


inv_harmonic = perplexity


def inv_arithmetic(p):
    return float(1 / p.mean())


def counterexample():
    return np.array([0.25, 0.25])


def corpus_perplexity(batches):
    p = torch.cat([torch.softmax(f, 1)[torch.arange(len(y)), y] for f, y in batches])
    return float((1 / p).mean())


perplexity_facts = dict(inverse_of_harmonic_mean=True, inverse_of_geometric_mean=False, mean_of_batches=True)
perplexity_facts |= dict(all_means_agree_if_constant=True, one_bad_token_can_ruin_it=True)


# %% q12_perplexity reject: multiplies all probabilities, and averages over batches
def build_vocab(train_text, min_freq, reserved):
    counts = Counter(train_text)
    kept = sorted((c for c in counts if counts[c] >= min_freq), key=lambda c: (-counts[c], c))
    itos = [*reserved, *kept]
    return {token: i for i, token in enumerate(itos)}, itos


def encode(text, stoi):
    return np.array([stoi.get(c, stoi["<unk>"]) for c in text], dtype=np.int64)


outputs_rain = 11


def perplexity(p):
    with np.errstate(divide="ignore"):
        return float(np.prod(p) ** (-1 / len(p)))


def inv_harmonic(p):
    with np.errstate(divide="ignore"):
        return float((1 / p).mean())


def inv_arithmetic(p):
    return float(1 / p.mean())


def counterexample():
    return np.array([0.9, 0.01])


def corpus_perplexity(batches):
    return float(np.mean([math.exp(F.cross_entropy(f, y)) for f, y in batches]))


perplexity_facts = dict(inverse_of_harmonic_mean=False, inverse_of_geometric_mean=True, mean_of_batches=True)
perplexity_facts |= dict(all_means_agree_if_constant=True, one_bad_token_can_ruin_it=True)


# %% q12_perplexity reject: counts the characters of the test text as well, without an unknown token
def build_vocab(train_text, min_freq, reserved):
    itos = [*reserved, *sorted(set(train_text))]
    return {token: i for i, token in enumerate(itos)}, itos


def encode(text, stoi):
    return np.array([stoi[c] if c in stoi else len(stoi) for c in text], dtype=np.int64)


outputs_rain = len(set("the rain in spain" + "stays mainly in the plain"))


def perplexity(p):
    with np.errstate(divide="ignore"):
        return float(np.exp(-np.log(p).mean()))


def inv_harmonic(p):
    with np.errstate(divide="ignore"):
        return float((1 / p).mean())


def inv_arithmetic(p):
    return float(1 / p.mean())


def counterexample():
    return np.array([0.9, 0.01])


def corpus_perplexity(batches):
    total = sum(F.cross_entropy(f, y, reduction="sum").item() for f, y in batches)
    return math.exp(total / sum(len(y) for _, y in batches))


perplexity_facts = dict(inverse_of_harmonic_mean=False, inverse_of_geometric_mean=True, mean_of_batches=False)
perplexity_facts |= dict(all_means_agree_if_constant=True, one_bad_token_can_ruin_it=True)


# %% q13_exact_rnn accept: weight by weight
def dfa_to_rnn(delta, start):
    S, A = delta.shape
    W_ih, W_hh, b = np.zeros((S * A + 1, A)), np.zeros((S * A + 1, S * A + 1)), np.full(S * A + 1, -0.5)
    R, h0 = torch.zeros(S, S * A + 1), torch.zeros(1, 1, S * A + 1)
    R[start, S * A] = h0[0, 0, S * A] = 1
    for s in range(S):
        for a in range(A):
            unit = s * A + a
            W_ih[unit, a] = 1
            R[delta[s, a], unit] = 1
            for t in range(S):
                for c in range(A):
                    W_hh[unit, t * A + c] = float(delta[t, c] == s)
            W_hh[unit, S * A] = float(start == s)
    rnn = nn.RNN(A, S * A + 1, nonlinearity="relu", batch_first=True)
    values = {"weight_ih_l0": W_ih, "weight_hh_l0": W_hh, "bias_ih_l0": b, "bias_hh_l0": b}
    rnn.load_state_dict({name: torch.tensor(value, dtype=torch.float32) for name, value in values.items()})
    return rnn, R, h0


finite_state = dict.fromkeys(["divisible_by_seven", "one_in_last_five", "nested_to_depth_three"], True)
finite_state |= dict.fromkeys(["balanced_brackets", "equally_many", "palindrome"], False)


# %% q13_exact_rnn reject: works from state 0 only
def dfa_to_rnn(delta, start):
    S, A = delta.shape
    reached = torch.tensor(delta.flatten().tolist() + [0])
    R = torch.stack([(reached == s).float() for s in range(S)])
    rnn = nn.RNN(A, S * A + 1, nonlinearity="relu", batch_first=True)
    with torch.no_grad():
        for p in rnn.parameters():
            p.zero_()
        for s in range(S):
            for a in range(A):
                rnn.weight_hh_l0[s * A + a] = R[s]
                rnn.weight_ih_l0[s * A + a, a] = 1
        rnn.bias_ih_l0[:] = -1
    h0 = torch.zeros(1, 1, S * A + 1)
    h0[0, 0, -1] = 1
    return rnn, R, h0


finite_state = dict.fromkeys(["divisible_by_seven", "one_in_last_five", "nested_to_depth_three"], True)
finite_state |= dict.fromkeys(["balanced_brackets", "equally_many", "palindrome"], False)


# %% q13_exact_rnn reject: adds state and symbol without the conjunction
def dfa_to_rnn(delta, start):
    S, A = delta.shape
    reached = torch.tensor(delta.flatten().tolist() + [start])
    R = torch.stack([(reached == s).float() for s in range(S)])
    rnn = nn.RNN(A, S * A + 1, nonlinearity="relu", batch_first=True)
    with torch.no_grad():
        for p in rnn.parameters():
            p.zero_()
        for s in range(S):
            for a in range(A):
                rnn.weight_hh_l0[s * A + a] = R[s]
                rnn.weight_ih_l0[s * A + a, a] = 1
    h0 = torch.zeros(1, 1, S * A + 1)
    h0[0, 0, -1] = 1
    return rnn, R, h0


finite_state = dict.fromkeys(["divisible_by_seven", "one_in_last_five", "nested_to_depth_three"], True)
finite_state |= dict.fromkeys(["balanced_brackets", "equally_many", "palindrome"], False)


# %% q13_exact_rnn reject: believes that a state of fixed size can count without bound
def dfa_to_rnn(delta, start):
    S, A = delta.shape
    reached = torch.tensor(delta.flatten().tolist() + [start])
    R = torch.stack([(reached == s).float() for s in range(S)])
    rnn = nn.RNN(A, S * A + 1, nonlinearity="relu", batch_first=True)
    with torch.no_grad():
        for p in rnn.parameters():
            p.zero_()
        for s in range(S):
            for a in range(A):
                rnn.weight_hh_l0[s * A + a] = R[s]
                rnn.weight_ih_l0[s * A + a, a] = 1
        rnn.bias_ih_l0[:] = -1
    h0 = torch.zeros(1, 1, S * A + 1)
    h0[0, 0, -1] = 1
    return rnn, R, h0


finite_state = dict.fromkeys(["divisible_by_seven", "one_in_last_five", "nested_to_depth_three"], True)
finite_state |= dict.fromkeys(["balanced_brackets", "equally_many", "palindrome"], True)


# %% q14_long_products accept: backwards, from the last factor to the first
def rnn_jacobian(W, U, b, xs, h0):
    states = [h0]
    for x in xs:
        states.append(torch.tanh(W.mv(states[-1]) + U.mv(x) + b))
    product = torch.eye(len(W), dtype=torch.float64)
    for h in reversed(states[1:]):
        product = product @ torch.diag(1 - h * h) @ W
    return product


def grad_norms(W, U, b, xs, h0):
    h, product, norms = h0, torch.eye(len(W), dtype=torch.float64), []
    for x in xs:
        h = torch.tanh(W.mv(h) + U.mv(x) + b)
        product = torch.diag(1 / torch.cosh(torch.atanh(h)) ** 2) @ W @ product
        norms.append(float(torch.linalg.svdvals(product)[0]))
    return norms


long_facts = dict.fromkeys(["always_vanish", "large_weights_always_explode", "eigenvalues_below_one_never_grow"], False)
long_facts |= dict(small_norm_always_vanishes=True, order_is_irrelevant=False, clipping_cures_vanishing=False)


# %% q14_long_products reject: factors in the wrong order
def rnn_jacobian(W, U, b, xs, h0):
    h, product = h0, torch.eye(len(W), dtype=torch.float64)
    for x in xs:
        h = torch.tanh(W @ h + U @ x + b)
        product = product @ torch.diag(1 - h**2) @ W
    return product


def grad_norms(W, U, b, xs, h0):
    h, product, norms = h0, torch.eye(len(W), dtype=torch.float64), []
    for x in xs:
        h = torch.tanh(W @ h + U @ x + b)
        product = product @ torch.diag(1 - h**2) @ W
        norms.append(float(torch.linalg.matrix_norm(product, 2)))
    return norms


long_facts = dict.fromkeys(["always_vanish", "large_weights_always_explode", "eigenvalues_below_one_never_grow"], False)
long_facts |= dict(small_norm_always_vanishes=True, order_is_irrelevant=True, clipping_cures_vanishing=False)


# %% q14_long_products reject: the power of W, without the derivative of tanh
def rnn_jacobian(W, U, b, xs, h0):
    return torch.linalg.matrix_power(W, len(xs))


def grad_norms(W, U, b, xs, h0):
    return [float(torch.linalg.matrix_norm(torch.linalg.matrix_power(W, t), 2)) for t in range(1, len(xs) + 1)]


long_facts = dict.fromkeys(["always_vanish", "large_weights_always_explode", "eigenvalues_below_one_never_grow"], True)
long_facts |= dict(small_norm_always_vanishes=True, order_is_irrelevant=False, clipping_cures_vanishing=False)


# %% q14_long_products reject: gradients always vanish, Frobenius norms, from the start for each t
def rnn_jacobian(W, U, b, xs, h0):
    h, product = h0, torch.eye(len(W), dtype=torch.float64)
    for x in xs:
        h = torch.tanh(W @ h + U @ x + b)
        product = torch.diag(1 - h**2) @ W @ product
    return product


def grad_norms(W, U, b, xs, h0):
    return [float(rnn_jacobian(W, U, b, xs[:t], h0).norm()) for t in range(1, len(xs) + 1)]


long_facts = dict.fromkeys(["always_vanish", "large_weights_always_explode", "eigenvalues_below_one_never_grow"], False)
long_facts |= dict(small_norm_always_vanishes=True, order_is_irrelevant=False, clipping_cures_vanishing=True)
long_facts["always_vanish"] = True


# %% q15_embedding accept: loops over indices, selects row by row
Y_SHAPE = [5, 6, 7, 8, 42_000]
N_PARAMS = 42 * 42_000
Y_BYTES = 4 * 5 * 6 * 7 * 8 * 42_000


def embed_backward(idx, dY, V):
    grad = torch.zeros((V, dY.shape[-1]), dtype=dY.dtype)
    for i, row in zip(idx.flatten().tolist(), dY.reshape(idx.numel(), dY.shape[-1])):
        grad[i] = grad[i] + row
    return grad


def linear_to_embedding(lin):
    table = nn.Embedding(lin.in_features, lin.out_features)
    with torch.no_grad():
        table.weight.copy_(lin(torch.eye(lin.in_features)))
    return table


class TableEmbedding(nn.Module):
    def __init__(self, num_embeddings, embedding_dim, padding_idx=None):
        super().__init__()
        start = torch.empty(num_embeddings, embedding_dim).normal_()
        self.keep = torch.ones(num_embeddings, 1)
        if padding_idx is not None:
            self.keep[padding_idx] = 0.0
        self.weight = nn.Parameter(start * self.keep)

    def forward(self, idx):
        if idx.numel() and not (0 <= int(idx.min()) and int(idx.max()) < len(self.weight)):
            raise IndexError("no such row")
        table = self.weight * self.keep
        return table.index_select(0, idx.reshape(-1)).reshape(*idx.shape, table.shape[1])


# %% q15_embedding reject: three axes, and repeated indices overwrite each other
Y_SHAPE = (5, 6, 42000)
N_PARAMS = 42 * 42_000
Y_BYTES = 4 * 5 * 6 * 42_000


def embed_backward(idx, dY, V):
    grad = torch.zeros(V, dY.shape[-1], dtype=dY.dtype)
    grad[idx.flatten()] = dY.reshape(-1, dY.shape[-1])
    return grad


def linear_to_embedding(lin):
    return nn.Embedding.from_pretrained(lin.weight.detach().T.clone(), freeze=False)


class TableEmbedding(nn.Module):
    def __init__(self, num_embeddings, embedding_dim, padding_idx=None):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(num_embeddings, embedding_dim))
        self.padding_idx = padding_idx
        if padding_idx is not None:
            self.weight.data[padding_idx] = 0

    def forward(self, idx):
        if ((idx < 0) | (idx >= len(self.weight))).any():
            raise IndexError
        rows = self.weight[idx]
        if self.padding_idx is None:
            return rows
        return torch.where((idx == self.padding_idx)[..., None], rows.detach(), rows)


# %% q15_embedding reject: no transpose, bare indexing, a padding row that learns
Y_SHAPE = (5, 6, 7, 8, 42000)
N_PARAMS = 42 * 42_000
Y_BYTES = 4 * 5 * 6 * 7 * 8 * 42_000


def embed_backward(idx, dY, V):
    return F.one_hot(idx.flatten(), V).to(dY.dtype).T @ dY.reshape(-1, dY.shape[-1])


def linear_to_embedding(lin):
    return nn.Embedding.from_pretrained(lin.weight.detach().reshape(lin.in_features, -1).clone(), freeze=False)


class TableEmbedding(nn.Module):
    def __init__(self, num_embeddings, embedding_dim, padding_idx=None):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(num_embeddings, embedding_dim))
        if padding_idx is not None:
            self.weight.data[padding_idx] = 0

    def forward(self, idx):
        return self.weight[idx]


# %% q15_embedding reject: a plain tensor in place of a parameter, and a frozen table
Y_SHAPE = (5, 6, 7, 42000)
N_PARAMS = 42_000
Y_BYTES = 5 * 6 * 7 * 8 * 42_000


def embed_backward(idx, dY, V):
    return F.one_hot(idx.flatten(), V).to(dY.dtype).T @ dY.reshape(-1, dY.shape[-1])


def linear_to_embedding(lin):
    return nn.Embedding.from_pretrained(lin.weight.detach().T)


class TableEmbedding(nn.Module):
    def __init__(self, num_embeddings, embedding_dim, padding_idx=None):
        super().__init__()
        self.weight = torch.randn(num_embeddings, embedding_dim, requires_grad=True)

    def forward(self, idx):
        return self.weight[idx]


# %% q16_sentiment accept: one matrix of features per mode
class SentimentNet(nn.Module):
    def __init__(self, mode, V, width):
        super().__init__()
        if mode == "embedding":
            self.table = nn.Embedding(V, width)
        else:
            rows = torch.arange(V)[:, None] / V if mode == "ids" else torch.eye(V)
            self.register_buffer("rows", rows, persistent=False)
        size = width if mode == "embedding" else self.rows.shape[1]
        self.hidden, self.out = nn.Linear(size, width), nn.Linear(width, 1)

    def forward(self, x):
        rows = self.table.weight if hasattr(self, "table") else self.rows
        h = torch.tanh(self.hidden(rows))[x]
        return self.out(h.sum(1) / x.shape[1]).squeeze(-1)


sentiment_facts = dict.fromkeys(["embedding_is_needed", "ids_are_as_good", "names_matter"], False)
sentiment_facts |= dict(first_layer_is_a_table=True, one_hot_knows_neighbours=False, table_is_fixed=False)


# %% q16_sentiment reject: indices are as good, since they hold the same information
class SentimentNet(nn.Module):
    def __init__(self, mode, V, width):
        super().__init__()
        self.mode, self.V = mode, V
        if mode == "embedding":
            self.table = nn.Embedding(V, width)
        self.hidden = nn.Linear({"ids": 1, "onehot": V, "embedding": width}[mode], width)
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        if self.mode == "embedding":
            features = self.table(x)
        else:
            features = (x / self.V)[..., None] if self.mode == "ids" else F.one_hot(x, self.V).float()
        return self.out(torch.tanh(self.hidden(features)).mean(1))[:, 0]


sentiment_facts = dict.fromkeys(["embedding_is_needed", "names_matter", "one_hot_knows_neighbours"], False)
sentiment_facts |= dict(first_layer_is_a_table=True, ids_are_as_good=True, table_is_fixed=False)


# %% q16_sentiment reject: mean of the features before the hidden layer
class SentimentNet(nn.Module):
    def __init__(self, mode, V, width):
        super().__init__()
        self.mode, self.V = mode, V
        if mode == "embedding":
            self.table = nn.Embedding(V, width)
        self.hidden = nn.Linear({"ids": 1, "onehot": V, "embedding": width}[mode], width)
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        if self.mode == "embedding":
            features = self.table(x)
        else:
            features = (x / self.V)[..., None] if self.mode == "ids" else F.one_hot(x, self.V).float()
        return self.out(torch.tanh(self.hidden(features.mean(1))))[:, 0]


sentiment_facts = dict.fromkeys(["embedding_is_needed", "ids_are_as_good", "names_matter"], False)
sentiment_facts |= dict(first_layer_is_a_table=True, one_hot_knows_neighbours=False, table_is_fixed=False)


# %% q16_sentiment reject: impossible without an embedding, which is a fixed table
class SentimentNet(nn.Module):
    def __init__(self, mode, V, width):
        super().__init__()
        self.mode, self.V = mode, V
        if mode == "embedding":
            self.table = nn.Embedding(V, width)
        self.hidden = nn.Linear({"ids": 1, "onehot": V, "embedding": width}[mode], width)
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        if self.mode == "embedding":
            features = self.table(x).detach()
        else:
            features = x.float()[..., None] if self.mode == "ids" else F.one_hot(x, self.V).float()
        return self.out(torch.tanh(self.hidden(features)).mean(1))[:, 0]


sentiment_facts = dict.fromkeys(["embedding_is_needed", "names_matter", "table_is_fixed"], True)
sentiment_facts |= dict(first_layer_is_a_table=False, one_hot_knows_neighbours=False, ids_are_as_good=False)


# %% q17_own_rnn accept: one-hot products into a tensor filled step by step
class ElmanRNN(nn.Module):
    def __init__(self, V, hidden, act):
        super().__init__()
        shapes = {"W_xh": (V, hidden), "W_hh": (hidden, hidden), "b_h": (hidden,), "W_hq": (hidden, V), "b_q": (V,)}
        for name, shape in shapes.items():
            start = torch.zeros(shape) if len(shape) == 1 else torch.empty(shape).normal_(0, 0.1)
            self.register_parameter(name, nn.Parameter(start))
        self.kind = act

    def forward(self, x, h=None):
        inputs = F.one_hot(x, self.W_xh.shape[0]).to(self.W_xh.dtype) @ self.W_xh
        if h is None:
            h = torch.zeros(x.shape[0], self.W_hh.shape[0], dtype=self.W_hh.dtype)
        logits = []
        for t in range(x.shape[1]):
            z = torch.addmm(inputs[:, t] + self.b_h, h, self.W_hh)
            h = F.relu(z) if self.kind == "relu" else 2 * torch.sigmoid(2 * z) - 1
            logits.append((h @ self.W_hq + self.b_q).unsqueeze(1))
        return torch.cat(logits, 1), h


relu_facts = dict(tanh_state_is_bounded=True, relu_state_is_bounded=False, relu_makes_clipping_needless=False)
relu_facts |= dict(relu_learns=True, relu_on_the_logits=False)


# %% q17_own_rnn reject: activation on the input part only
class ElmanRNN(nn.Module):
    def __init__(self, V, hidden, act):
        super().__init__()
        self.W_xh = nn.Parameter(0.1 * torch.randn(V, hidden))
        self.W_hh = nn.Parameter(0.1 * torch.randn(hidden, hidden))
        self.b_h = nn.Parameter(torch.zeros(hidden))
        self.W_hq = nn.Parameter(0.1 * torch.randn(hidden, V))
        self.b_q = nn.Parameter(torch.zeros(V))
        self.a = torch.tanh if act == "tanh" else torch.relu

    def forward(self, x, h=None):
        h = torch.zeros(len(x), len(self.b_h), dtype=self.b_h.dtype) if h is None else h
        logits = []
        for t in range(x.shape[1]):
            h = self.a(self.W_xh[x[:, t]] + self.b_h) + h @ self.W_hh
            logits.append(h @ self.W_hq + self.b_q)
        return torch.stack(logits, 1), h


relu_facts = dict(tanh_state_is_bounded=True, relu_state_is_bounded=False, relu_makes_clipping_needless=False)
relu_facts |= dict(relu_learns=True, relu_on_the_logits=False)


# %% q17_own_rnn reject: ReLU on the logits
class ElmanRNN(nn.Module):
    def __init__(self, V, hidden, act):
        super().__init__()
        self.W_xh = nn.Parameter(0.1 * torch.randn(V, hidden))
        self.W_hh = nn.Parameter(0.1 * torch.randn(hidden, hidden))
        self.b_h = nn.Parameter(torch.zeros(hidden))
        self.W_hq = nn.Parameter(0.1 * torch.randn(hidden, V))
        self.b_q = nn.Parameter(torch.zeros(V))
        self.act = act

    def forward(self, x, h=None):
        h = torch.zeros(len(x), len(self.b_h), dtype=self.b_h.dtype) if h is None else h
        logits = []
        for t in range(x.shape[1]):
            h = torch.tanh(self.W_xh[x[:, t]] + self.b_h + h @ self.W_hh)
            f = h @ self.W_hq + self.b_q
            logits.append(torch.relu(f) if self.act == "relu" else f)
        return torch.stack(logits, 1), h


relu_facts = dict(tanh_state_is_bounded=True, relu_state_is_bounded=False, relu_makes_clipping_needless=False)
relu_facts |= dict(relu_learns=True, relu_on_the_logits=True)


# %% q17_own_rnn reject: ReLU needs no clipping, and the state is not carried
class ElmanRNN(nn.Module):
    def __init__(self, V, hidden, act):
        super().__init__()
        self.W_xh = nn.Parameter(0.1 * torch.randn(V, hidden))
        self.W_hh = nn.Parameter(0.1 * torch.randn(hidden, hidden))
        self.b_h = nn.Parameter(torch.zeros(hidden))
        self.W_hq = nn.Parameter(0.1 * torch.randn(hidden, V))
        self.b_q = nn.Parameter(torch.zeros(V))
        self.a = torch.tanh if act == "tanh" else torch.relu

    def forward(self, x, h=None):
        h = torch.zeros(len(x), len(self.b_h), dtype=self.b_h.dtype)
        logits = []
        for t in range(x.shape[1]):
            h = self.a(self.W_xh[x[:, t]] + self.b_h + h @ self.W_hh)
            logits.append(h @ self.W_hq + self.b_q)
        return torch.stack(logits, 1), h


relu_facts = dict(tanh_state_is_bounded=True, relu_state_is_bounded=True, relu_makes_clipping_needless=True)
relu_facts |= dict(relu_learns=True, relu_on_the_logits=False)


# %% q18_clipping accept: torch's own function
def clip_gradients(params, c):
    params = [p for p in params if p.grad is not None]
    return float(torch.nn.utils.clip_grad_norm_(params, c)) if params else 0.0


clip_facts = dict(direction_is_kept=True, tensor_by_tensor_is_the_same=False, short_gradients_are_stretched=False)
clip_facts |= dict(needed_at_rate_100=True, needed_at_rate_1=False, changes_much_at_rate_1=False)


# %% q18_clipping reject: clips every tensor by itself
def clip_gradients(params, c):
    total = 0.0
    for p in params:
        if p.grad is not None:
            size = float(p.grad.norm())
            total += size**2
            if size > c:
                p.grad *= c / size
    return math.sqrt(total)


clip_facts = dict(direction_is_kept=True, tensor_by_tensor_is_the_same=True, short_gradients_are_stretched=False)
clip_facts |= dict(needed_at_rate_100=True, needed_at_rate_1=False, changes_much_at_rate_1=False)


# %% q18_clipping reject: always scales to length c
def clip_gradients(params, c):
    grads = [p.grad for p in params if p.grad is not None]
    length = math.sqrt(sum(float((g**2).sum()) for g in grads))
    for g in grads:
        g *= c / max(length, 1e-12)
    return length


clip_facts = dict(direction_is_kept=True, tensor_by_tensor_is_the_same=False, short_gradients_are_stretched=True)
clip_facts |= dict(needed_at_rate_100=True, needed_at_rate_1=False, changes_much_at_rate_1=False)


# %% q18_clipping reject: clips the entries, and says that nothing trains without
def clip_gradients(params, c):
    grads = [p.grad for p in params if p.grad is not None]
    length = math.sqrt(sum(float((g**2).sum()) for g in grads))
    for g in grads:
        g.clamp_(-c, c)
    return length


clip_facts = dict(direction_is_kept=True, tensor_by_tensor_is_the_same=False, short_gradients_are_stretched=False)
clip_facts |= dict(needed_at_rate_100=True, needed_at_rate_1=True, changes_much_at_rate_1=True)


# %% q18_clipping reject: new gradients in place of the old ones
def clip_gradients(params, c):
    params = [p for p in params if p.grad is not None]
    length = math.sqrt(sum(float((p.grad**2).sum()) for p in params))
    for p in params:
        p.grad = p.grad * min(1.0, c / max(length, 1e-12))
    return length


clip_facts = dict(direction_is_kept=True, tensor_by_tensor_is_the_same=False, short_gradients_are_stretched=False)
clip_facts |= dict(needed_at_rate_100=True, needed_at_rate_1=False, changes_much_at_rate_1=False)


# %% q19_truncation accept: chunk by chunk, set of nodes layer by layer
def tbptt_states(x, W_xh, W_hh, S):
    start, parts = torch.zeros(x.shape[0], W_hh.shape[0], dtype=x.dtype), []
    for chunk in x.split(S, dim=1):
        h = start
        for t in range(chunk.shape[1]):
            h = (chunk[:, t].matmul(W_xh) + h.matmul(W_hh)).tanh()
            parts.append(h.unsqueeze(1))
        start = h.clone().detach()
    return torch.cat(parts, 1)


def reach(t, S):
    return [s for s in range(t + 1) if s // S == t // S]


def graph_size(h):
    layer = {h.grad_fn} - {None}
    found = set(layer)
    while layer:
        layer = {parent for node in layer for parent, _ in node.next_functions} - {None} - found
        found |= layer
    return len(found)


truncation_facts = dict.fromkeys(
    ["other_rules", "short_inputs_are_enough", "states_depend_on_S", "no_memory_beyond_S", "gradient_is_exact"], False
)
truncation_facts |= dict(gradient_keeps_its_bulk=True, graph_grows_without_detach=True, backward_twice_is_fine=False)


# %% q19_truncation reject: sets the state to zero at every chunk
def tbptt_states(x, W_xh, W_hh, S):
    h, states = x.new_zeros(len(x), len(W_hh)), []
    for t in range(x.shape[1]):
        if t % S == 0:
            h = torch.zeros_like(h)
        h = torch.tanh(x[:, t] @ W_xh + h @ W_hh)
        states.append(h)
    return torch.stack(states, dim=1)


def reach(t, S):
    return list(range(t - t % S, t + 1))


def graph_size(h):
    seen, waiting = set(), [h.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [parent for parent, _ in node.next_functions]
    return len(seen)


truncation_facts = dict.fromkeys(
    ["other_rules", "states_depend_on_S", "no_memory_beyond_S", "gradient_is_exact", "backward_twice_is_fine"], False
)
truncation_facts |= dict(gradient_keeps_its_bulk=True, graph_grows_without_detach=True, short_inputs_are_enough=True)


# %% q19_truncation reject: nothing is cut, shared nodes count twice
def tbptt_states(x, W_xh, W_hh, S):
    h, states = x.new_zeros(len(x), len(W_hh)), []
    for t in range(x.shape[1]):
        h = torch.tanh(x[:, t] @ W_xh + h @ W_hh)
        states.append(h)
    return torch.stack(states, dim=1)


def reach(t, S):
    return list(range(max(t - S + 1, 0), t + 1))


def graph_size(h):
    def count(node):
        return 0 if node is None else 1 + sum(count(parent) for parent, _ in node.next_functions)

    return count(h.grad_fn)


truncation_facts = dict.fromkeys(
    ["other_rules", "short_inputs_are_enough", "states_depend_on_S", "no_memory_beyond_S", "backward_twice_is_fine"],
    False,
)
truncation_facts |= dict(gradient_keeps_its_bulk=True, graph_grows_without_detach=True, gradient_is_exact=True)


# %% q19_truncation reject: another algorithm, and no relations beyond S
def tbptt_states(x, W_xh, W_hh, S):
    h, states = x.new_zeros(len(x), len(W_hh)), []
    for t in range(x.shape[1]):
        if t % S == 0:
            h = h.detach()
        h = torch.tanh(x[:, t] @ W_xh + h @ W_hh)
        states.append(h)
    return torch.stack(states, dim=1)


def reach(t, S):
    return list(range(t - t % S, t + 1))


def graph_size(h):
    seen, waiting = set(), [h.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [parent for parent, _ in node.next_functions]
    return len(seen)


truncation_facts = dict.fromkeys(["short_inputs_are_enough", "states_depend_on_S", "gradient_is_exact"], False)
truncation_facts |= dict(other_rules=True, no_memory_beyond_S=True, gradient_keeps_its_bulk=True)
truncation_facts |= dict(graph_grows_without_detach=True, backward_twice_is_fine=False)


# %% q19_truncation reject: detaches every state, so that nothing flows inside a chunk
def tbptt_states(x, W_xh, W_hh, S):
    h, states = x.new_zeros(len(x), len(W_hh)), []
    for t in range(x.shape[1]):
        h = torch.tanh(x[:, t] @ W_xh + h.detach() @ W_hh)
        states.append(h)
    return torch.stack(states, dim=1)


def reach(t, S):
    return [t]


def graph_size(h):
    seen, waiting = set(), [h.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [parent for parent, _ in node.next_functions]
    return len(seen)


truncation_facts = dict.fromkeys(
    ["other_rules", "short_inputs_are_enough", "states_depend_on_S", "no_memory_beyond_S", "gradient_is_exact"], False
)
truncation_facts |= dict(gradient_keeps_its_bulk=True, graph_grows_without_detach=True, backward_twice_is_fine=False)


# %% q20_character_model accept: random pieces, a text of lists, cumulative sums in place of multinomial
def train_char_rnn(ids, V, seed):
    torch.manual_seed(seed)
    net = CharRNN(V, 48)
    optimiser = torch.optim.RMSprop(net.parameters(), lr=0.01)
    size = min(40, len(ids) - 2)
    for _ in range(120):
        starts = torch.randint(len(ids) - size, (16,))
        piece = torch.stack([ids[s : s + size + 1] for s in starts.tolist()])
        loss = F.cross_entropy(net(piece[:, :-1])[0].transpose(1, 2), piece[:, 1:])
        net.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
    return net


def text_perplexity(net, ids):
    h, total = None, 0.0
    with torch.no_grad():
        for token, y in zip(ids[:-1].split(1), ids[1:].tolist()):
            f, h = net(token.reshape(1, 1), h)
            total -= torch.log_softmax(f[0, 0], 0)[y].item()
    return math.exp(total / (len(ids) - 1))


def generate(net, prefix, length, temperature, seed):
    rng, tokens = np.random.default_rng(seed), prefix.tolist()
    h = net(torch.tensor([tokens[:-1]]))[1] if len(tokens) > 1 else None
    for _ in range(length):
        f, h = net(torch.tensor([tokens[-1:]]), h)
        f = f[0, -1].detach().double().numpy()
        if temperature == 0:
            tokens.append(int(f.argmax()))
        else:
            p = np.exp((f - f.max()) / temperature)
            tokens.append(int(np.searchsorted(np.cumsum(p) / p.sum(), rng.random())))
    return torch.tensor(tokens)


def word_rate(text, words):
    *whole, _ = text.split()
    return np.mean([w in words for w in whole])


def distinct_ngrams(text, n):
    return len(set(zip(*(text[i:] for i in range(n)))))


book_facts = dict.fromkeys(["training_perplexity_tells", "same_words_in_any_order", "early_text_has_words"], False)
book_facts |= dict(other_book_is_worse=True, greedy_is_varied=False, greedy_needs_a_seed=False)


# %% q20_character_model reject: forgets the prefix, and takes the likeliest token at every temperature
def train_char_rnn(ids, V, seed):
    torch.manual_seed(seed)
    net = CharRNN(V, 48)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
    n = (len(ids) - 1) // 16
    x, y = ids[: 16 * n].view(16, n), ids[1 : 16 * n + 1].view(16, n)
    for _ in range(4):
        for a, b in zip(x.split(40, 1), y.split(40, 1)):
            loss = F.cross_entropy(net(a)[0].flatten(0, 1), b.flatten())
            net.zero_grad()
            loss.backward()
            optimiser.step()
    return net


def text_perplexity(net, ids):
    return math.exp(F.cross_entropy(net(ids[None, :-1])[0][0], ids[1:]).item())


def generate(net, prefix, length, temperature, seed):
    tokens, new, h = prefix, prefix[-1:], None
    for _ in range(length):
        f, h = net(new[None], h)
        new = f[0, -1:].argmax(dim=1)
        tokens = torch.cat([tokens, new])
    return tokens


def word_rate(text, words):
    written = text.split()[:-1]
    return sum(w in words for w in written) / len(written)


def distinct_ngrams(text, n):
    return len({text[i : i + n] for i in range(len(text) - n + 1)})


book_facts = dict.fromkeys(["training_perplexity_tells", "same_words_in_any_order", "early_text_has_words"], False)
book_facts |= dict(other_book_is_worse=True, greedy_is_varied=False, greedy_needs_a_seed=False)


# %% q20_character_model reject: stops too early, multiplies by the temperature, takes the training perplexity at its word
def train_char_rnn(ids, V, seed):
    torch.manual_seed(seed)
    net = CharRNN(V, 64)
    optimiser = torch.optim.SGD(net.parameters(), lr=0.1)
    n = (len(ids) - 1) // 16
    x, y = ids[: 16 * n].view(16, n), ids[1 : 16 * n + 1].view(16, n)
    for a, b in zip(x.split(40, 1), y.split(40, 1)):
        loss = F.cross_entropy(net(a)[0].flatten(0, 1), b.flatten())
        net.zero_grad()
        loss.backward()
        optimiser.step()
    return net


def text_perplexity(net, ids):
    return 2 ** F.cross_entropy(net(ids[None, :-1])[0][0], ids[1:]).item()


def generate(net, prefix, length, temperature, seed):
    rng = torch.Generator().manual_seed(seed)
    tokens, new, h = prefix, prefix, None
    for _ in range(length):
        f, h = net(new[None], h)
        if temperature == 0:
            new = f[0, -1:].argmax(dim=1)
        else:
            new = torch.multinomial(torch.softmax(f[0, -1].detach() * temperature, dim=0), 1, generator=rng)
        tokens = torch.cat([tokens, new])
    return tokens


def word_rate(text, words):
    written = text.split()
    return sum(w in words for w in written) / len(written)


def distinct_ngrams(text, n):
    return len(text) - n + 1


book_facts = dict.fromkeys(["same_words_in_any_order", "early_text_has_words", "greedy_needs_a_seed"], False)
book_facts |= dict(other_book_is_worse=True, greedy_is_varied=True, training_perplexity_tells=True)


# %% q20_character_model reject: forgets the state between its own tokens
def train_char_rnn(ids, V, seed):
    torch.manual_seed(seed)
    net = CharRNN(V, 64)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
    n = (len(ids) - 1) // 16
    x, y = ids[: 16 * n].view(16, n), ids[1 : 16 * n + 1].view(16, n)
    for _ in range(5):
        for a, b in zip(x.split(40, 1), y.split(40, 1)):
            loss = F.cross_entropy(net(a)[0].flatten(0, 1), b.flatten())
            net.zero_grad()
            loss.backward()
            optimiser.step()
    return net


def text_perplexity(net, ids):
    return math.exp(F.cross_entropy(net(ids[:-1, None])[0][:, 0], ids[1:]).item())


def generate(net, prefix, length, temperature, seed):
    rng = torch.Generator().manual_seed(seed)
    tokens = prefix
    for _ in range(length):
        f = net(tokens[None, -1:])[0][0, -1].detach()
        if temperature == 0:
            new = f.argmax()[None]
        else:
            new = torch.multinomial(torch.softmax(f / temperature, dim=0), 1, generator=rng)
        tokens = torch.cat([tokens, new])
    return tokens


def word_rate(text, words):
    written = text.split()[:-1]
    return sum(w in words for w in written) / len(written)


def distinct_ngrams(text, n):
    return len({text[i : i + n] for i in range(len(text) - n + 1)})


book_facts = dict.fromkeys(["training_perplexity_tells", "same_words_in_any_order", "early_text_has_words"], False)
book_facts |= dict(other_book_is_worse=True, greedy_is_varied=False, greedy_needs_a_seed=False)


# %% q1_autoregression equivalent: convolution is symmetric in its arguments
# swapped-arguments-49036a

# %% q4_either_direction equivalent: signs and scale of the stationary shares cancel
# swapped-operands-55ec7c
# wrong-function-2ad7be
# wrong-constant-251b8b

# %% q5_hidden_state equivalent: a list becomes a new array either way, codes are small, and negative codes count from the end
# dropped-copy-9af0f2
# wrong-dtype-789b08
# wrong-sign-02313a

# %% q8_dialogue equivalent: a list becomes a new array either way, and Python's ints become int64 by default
# dropped-dtype-978648
# dropped-copy-5dacad
# dropped-copy-b7ea45

# %% q11_sentences equivalent: any continuous numbers put ties in random order
# wrong-function-fe7f23

# %% q12_perplexity equivalent: another array with the property asked for
# wrong-constant-96347b

# %% q3_past_returns equivalent: the mean of an empty array is nan as well, with a warning
# fixed-condition-590e47

# %% q13_exact_rnn equivalent: with the bias of -1, weights below 1 from one side alone cannot switch the last unit on
# dropped-statement-7a899b
# dropped-statement-3186c3

# %% q14_long_products equivalent: the sign of the Jacobian does not change its norm
# swapped-operands-39e073

# %% q15_embedding equivalent: the clone becomes a parameter, which has no graph
# dropped-detach-105e69

# %% q18_clipping equivalent: for equal lengths the factor is 1
# wrong-boundary-42a787

# %% q20_character_model equivalent: widths, streams, and scales of the loss under Adam are free; values need no graph
# wrong-constant-3b5a1e
# wrong-constant-04c482
# wrong-loss-reduction-d9df42
# dropped-no-grad-9f2dbb
# dropped-no-grad-0eb861
