# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_attention_counts accept: counted by torch, on the meta device
def attention_counts(n_tokens, d):
    one, size = d * d, n_tokens * d
    counts = dict(qkv_weights=one + one + one, qkv_biases=d + d + d)
    return counts | dict(attention_weights=n_tokens * n_tokens, dense_weights=size * size, dense_biases=size)


text_attention = sum(p.numel() for _ in range(3) for p in nn.Linear(512, 512).parameters())
text_dense = (1000 * 512 + 1) * 1000 * 512


# %% q1_attention_counts reject: every token has parameters of its own
def attention_counts(n_tokens, d):
    return {
        "qkv_weights": 3 * n_tokens * d * d,
        "qkv_biases": 3 * n_tokens * d if n_tokens > 2 else 3 * d,
        "attention_weights": n_tokens**2,
        "dense_weights": (n_tokens * d) ** 2,
        "dense_biases": n_tokens * d,
    }


text_attention = 3 * 512 * 513 * 1000
text_dense = 512000 * 512001


# %% q1_attention_counts reject: attention weights have the size of the embedding
def attention_counts(n_tokens, d):
    return {
        "qkv_weights": 3 * d * d,
        "qkv_biases": 3 * d,
        "attention_weights": n_tokens**2 * d,
        "dense_weights": (n_tokens * d) ** 2,
        "dense_biases": n_tokens * d,
    }


text_attention = 3 * 512 * 513
text_dense = 512000 * 512001


# %% q1_attention_counts reject: dense layer with one bias for each token
def attention_counts(n_tokens, d):
    return {
        "qkv_weights": 3 * d * d,
        "qkv_biases": 3 * d,
        "attention_weights": n_tokens**2,
        "dense_weights": (n_tokens * d) ** 2,
        "dense_biases": n_tokens,
    }


text_attention = 3 * 512 * 513
text_dense = 512000**2 + 1000


# %% q1_attention_counts reject: totals without biases
def attention_counts(n_tokens, d):
    return {
        "qkv_weights": 3 * d * d,
        "qkv_biases": 3 * d,
        "attention_weights": n_tokens**2,
        "dense_weights": (n_tokens * d) ** 2,
        "dense_biases": n_tokens * d,
    }


text_attention = 3 * 512 * 512
text_dense = 512000**2


# %% q2_attend accept: einsum, and a softmax by hand
def attend(q, k, v):
    scores = torch.einsum("...nd,...md->...nm", q, k) * q.size(-1) ** -0.5
    e = (scores - scores.amax(-1, keepdim=True)).exp()
    weights = e / e.sum(-1, keepdim=True)
    return torch.einsum("...nm,...me->...ne", weights, v), weights


# %% q2_attend accept: torch's function, with the identity as values for the weights
def attend(q, k, v):
    eye = torch.eye(k.shape[-2], dtype=k.dtype).expand(*k.shape[:-1], k.shape[-2])
    return F.scaled_dot_product_attention(q, k, v), F.scaled_dot_product_attention(q, k, eye)


# %% q2_attend reject: softmax over the queries
def attend(q, k, v):
    weights = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), dim=-2)
    return weights @ v, weights


# %% q2_attend reject: no scale
def attend(q, k, v):
    weights = torch.softmax(q @ k.transpose(-2, -1), dim=-1)
    return weights @ v, weights


# %% q2_attend reject: divides by the length of the query
def attend(q, k, v):
    weights = torch.softmax(q @ k.transpose(-2, -1) / q.shape[-1], dim=-1)
    return weights @ v, weights


# %% q2_attend reject: right scale for four entries only
def attend(q, k, v):
    weights = torch.softmax(q @ k.transpose(-2, -1) / 2, dim=-1)
    return weights @ v, weights


# %% q2_attend reject: large scores overflow
def attend(q, k, v):
    e = torch.exp(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]))
    weights = e / e.sum(-1, keepdim=True)
    return weights @ v, weights


# %% q2_attend reject: two dimensions only
def attend(q, k, v):
    weights = torch.softmax(q @ k.T / math.sqrt(q.shape[-1]), dim=1)
    return weights @ v, weights


# %% q3_masks accept: comparisons of positions, additive mask, softmax by hand
def causal_mask(n):
    position = torch.arange(n)
    return position[:, None] >= position


def padding_mask(lengths, n):
    return torch.stack([torch.arange(n) < int(length) for length in lengths]).unsqueeze(1)


def masked_attention(q, k, v, allowed):
    scores = torch.einsum("...nd,...md->...nm", q, k) / q.shape[-1] ** 0.5
    allowed = allowed.expand(scores.shape)
    top = torch.where(allowed, scores, torch.full_like(scores, -1e30)).amax(-1, keepdim=True).detach()
    e = torch.exp(torch.where(allowed, scores - top, torch.zeros_like(scores))) * allowed
    weights = e / e.sum(-1, keepdim=True).clamp(min=1e-20)
    return weights @ v, weights


# %% q3_masks reject: minus infinity everywhere
def causal_mask(n):
    return torch.ones(n, n, dtype=torch.bool).tril()


def padding_mask(lengths, n):
    return (torch.arange(n) < lengths[:, None])[:, None]


def masked_attention(q, k, v, allowed):
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    weights = torch.softmax(scores.masked_fill(~allowed, float("-inf")), dim=-1)
    return weights @ v, weights


# %% q3_masks reject: nan replaced in the output, gradients are still nan
def causal_mask(n):
    return torch.ones(n, n, dtype=torch.bool).tril()


def padding_mask(lengths, n):
    return (torch.arange(n) < lengths[:, None])[:, None]


def masked_attention(q, k, v, allowed):
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    fence = torch.zeros(allowed.shape, dtype=q.dtype).masked_fill(~allowed, float("-inf"))
    weights = torch.nan_to_num(torch.softmax(scores + fence, dim=-1))
    return weights @ v, weights


# %% q3_masks reject: weights set to zero after the softmax
def causal_mask(n):
    return torch.ones(n, n, dtype=torch.bool).tril()


def padding_mask(lengths, n):
    return (torch.arange(n) < lengths[:, None])[:, None]


def masked_attention(q, k, v, allowed):
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    weights = torch.softmax(scores, dim=-1) * allowed
    return weights @ v, weights


# %% q3_masks reject: a query without keys looks at all of them
def causal_mask(n):
    return torch.ones(n, n, dtype=torch.bool).tril()


def padding_mask(lengths, n):
    return (torch.arange(n) < lengths[:, None])[:, None]


def masked_attention(q, k, v, allowed):
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    weights = torch.softmax(scores.masked_fill(~allowed, -1e9), dim=-1)
    return weights @ v, weights


# %% q3_masks reject: forbidden scores set to zero
def causal_mask(n):
    return torch.ones(n, n, dtype=torch.bool).tril()


def padding_mask(lengths, n):
    return (torch.arange(n) < lengths[:, None])[:, None]


def masked_attention(q, k, v, allowed):
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    weights = torch.softmax(scores * allowed, dim=-1)
    return weights @ v, weights


# %% q3_masks reject: a token may not look at itself, and padding counts from one
def causal_mask(n):
    return torch.ones(n, n, dtype=torch.bool).tril(-1)


def padding_mask(lengths, n):
    return (torch.arange(n) <= lengths[:, None])[:, None]


def masked_attention(q, k, v, allowed):
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    scores = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min)
    weights = torch.softmax(scores, dim=-1).masked_fill(~allowed, 0)
    return weights @ v, weights


# %% q4_equivariance accept: linear layers of torch, and a permutation matrix
def self_attention(x, theta):
    q = F.linear(x, theta["wq"], theta["bq"])
    k = F.linear(x, theta["wk"], theta["bk"])
    v = F.linear(x, theta["wv"], theta["bv"])
    logits = torch.einsum("nd,md->mn", q, k) / q.shape[-1] ** 0.5
    weights = logits.softmax(dim=0).T
    return weights.matmul(v), weights


def permuted_weights(weights, order):
    matrix = torch.zeros_like(weights)
    matrix[torch.arange(len(order)), order] = 1
    return matrix @ weights @ matrix.T


order_facts = dict.fromkeys(["plain", "over_queries", "mean_is_invariant"], True)
order_facts |= dict.fromkeys(["causal", "positions", "same_layer", "key_bias"], False)


# %% q4_equivariance reject: softmax over the queries, the order of the booklet
def self_attention(x, theta):
    q, k, v = (x @ theta["w" + letter].T + theta["b" + letter] for letter in "qkv")
    weights = torch.softmax(q @ k.T / math.sqrt(q.shape[1]), dim=0)
    return weights @ v, weights


def permuted_weights(weights, order):
    return weights[order][:, order]


order_facts = dict.fromkeys(["plain", "over_queries", "mean_is_invariant", "same_layer"], True)
order_facts |= dict.fromkeys(["causal", "positions", "key_bias"], False)


# %% q4_equivariance reject: roles of queries and keys exchanged
def self_attention(x, theta):
    q, k, v = (x @ theta["w" + letter].T + theta["b" + letter] for letter in "qkv")
    weights = torch.softmax(k @ q.T / math.sqrt(q.shape[1]), dim=1)
    return weights @ v, weights


def permuted_weights(weights, order):
    return weights[order][:, order]


order_facts = dict.fromkeys(["plain", "over_queries", "mean_is_invariant"], True)
order_facts |= dict.fromkeys(["causal", "positions", "same_layer", "key_bias"], False)


# %% q4_equivariance reject: only the queries are re-ordered
def self_attention(x, theta):
    q, k, v = (x @ theta["w" + letter].T + theta["b" + letter] for letter in "qkv")
    weights = torch.softmax(q @ k.T / math.sqrt(q.shape[1]), dim=1)
    return weights @ v, weights


def permuted_weights(weights, order):
    return weights[order]


order_facts = dict.fromkeys(["plain", "over_queries", "mean_is_invariant"], True)
order_facts |= dict.fromkeys(["causal", "positions", "same_layer", "key_bias"], False)


# %% q4_equivariance reject: attention knows the order of the tokens, and the key bias matters
def self_attention(x, theta):
    q, k, v = (x @ theta["w" + letter].T + theta["b" + letter] for letter in "qkv")
    weights = torch.softmax(q @ k.T / math.sqrt(q.shape[1]), dim=1)
    return weights @ v, weights


def permuted_weights(weights, order):
    return weights[order][:, order]


order_facts = dict.fromkeys(["causal", "positions", "key_bias"], True)
order_facts |= dict.fromkeys(["plain", "over_queries", "mean_is_invariant", "same_layer"], False)


# %% q4_equivariance reject: a causal mask changes nothing about equivariance
def self_attention(x, theta):
    q, k, v = (x @ theta["w" + letter].T + theta["b" + letter] for letter in "qkv")
    weights = torch.softmax(q @ k.T / math.sqrt(q.shape[1]), dim=1)
    return weights @ v, weights


def permuted_weights(weights, order):
    return weights[order][:, order]


order_facts = dict.fromkeys(["plain", "causal", "over_queries", "mean_is_invariant"], True)
order_facts |= dict.fromkeys(["positions", "same_layer", "key_bias"], False)


# %% q5_saturation accept: entry by entry, each complement as a sum of the other outputs
def softmax_jacobian(z):
    top = float(z.max())
    e = [math.exp(float(value) - top) for value in z]
    total, n = math.fsum(e), len(e)
    rows = []
    for i in range(n):
        others = math.fsum(e[j] for j in range(n) if j != i)
        rows.append([e[i] / total * others / total if i == j else -e[i] / total * e[j] / total for j in range(n)])
    return torch.tensor(rows, dtype=torch.float64)


largest_entry = 5.638e-42


def score_std(d_q, q_std, k_std, scaled):
    variance = sum((q_std * k_std) ** 2 for _ in range(d_q))
    return math.sqrt(variance / d_q) if scaled else math.sqrt(variance)


softmax_facts = {
    "columns_sum_to_zero": True,
    "large_score_large_gradient": False,
    "subtracting_the_maximum_helps": False,
    "cross_entropy_saturates": False,
    "root_keeps_spread": True,
    "dividing_by_size_keeps_spread": False,
}


# %% q5_saturation accept: logarithms, with a masked sum
def softmax_jacobian(z):
    log_y = torch.log_softmax(z, dim=0)
    others = torch.where(torch.eye(len(z)).bool(), torch.full((1,), -torch.inf).double(), z.repeat(len(z), 1))
    log_rest = torch.logsumexp(others, dim=1) - torch.logsumexp(z, dim=0)
    return torch.where(torch.eye(len(z)).bool(), (log_y + log_rest).exp(), -(log_y[:, None] + log_y).exp())


largest_entry = softmax_jacobian(torch.tensor([-3.0, 1, 100, 5, -1]).double()).max().item()


def score_std(d_q, q_std, k_std, scaled):
    spread = q_std * k_std * math.sqrt(d_q)
    return spread / math.sqrt(d_q) if scaled else spread


softmax_facts = {
    "columns_sum_to_zero": True,
    "large_score_large_gradient": False,
    "subtracting_the_maximum_helps": False,
    "cross_entropy_saturates": False,
    "root_keeps_spread": True,
    "dividing_by_size_keeps_spread": False,
}


# %% q5_saturation reject: the diagonal by subtraction from one
def softmax_jacobian(z):
    y = torch.softmax(z, dim=0)
    return torch.diag(y) - torch.outer(y, y)


largest_entry = softmax_jacobian(torch.tensor([-3.0, 1, 100, 5, -1]).double()).max().item()


def score_std(d_q, q_std, k_std, scaled):
    spread = q_std * k_std * math.sqrt(d_q)
    return spread / math.sqrt(d_q) if scaled else spread


softmax_facts = {
    "columns_sum_to_zero": True,
    "large_score_large_gradient": False,
    "subtracting_the_maximum_helps": False,
    "cross_entropy_saturates": False,
    "root_keeps_spread": True,
    "dividing_by_size_keeps_spread": False,
}


# %% q5_saturation reject: off-diagonal terms forgotten
def softmax_jacobian(z):
    y = torch.softmax(z, dim=0)
    return torch.diag(y * (1 - y))


largest_entry = softmax_jacobian(torch.tensor([-3.0, 1, 100, 5, -1]).double()).max().item()


def score_std(d_q, q_std, k_std, scaled):
    spread = q_std * k_std * math.sqrt(d_q)
    return spread / math.sqrt(d_q) if scaled else spread


softmax_facts = {
    "columns_sum_to_zero": True,
    "large_score_large_gradient": False,
    "subtracting_the_maximum_helps": False,
    "cross_entropy_saturates": False,
    "root_keeps_spread": True,
    "dividing_by_size_keeps_spread": False,
}


# %% q5_saturation reject: exponentials of the scores as they are
def softmax_jacobian(z):
    y = z.exp() / z.exp().sum()
    jacobian = -torch.outer(y, y).fill_diagonal_(0)
    return jacobian - torch.diag(jacobian.sum(dim=1))


largest_entry = softmax_jacobian(torch.tensor([-3.0, 1, 100, 5, -1]).double()).max().item()


def score_std(d_q, q_std, k_std, scaled):
    spread = q_std * k_std * math.sqrt(d_q)
    return spread / math.sqrt(d_q) if scaled else spread


softmax_facts = {
    "columns_sum_to_zero": True,
    "large_score_large_gradient": False,
    "subtracting_the_maximum_helps": False,
    "cross_entropy_saturates": False,
    "root_keeps_spread": True,
    "dividing_by_size_keeps_spread": False,
}


# %% q5_saturation reject: largest entry taken to be one quarter, the gradient to explode
def softmax_jacobian(z):
    y = torch.softmax(z, dim=0)
    jacobian = -torch.outer(y, y).fill_diagonal_(0)
    return jacobian - torch.diag(jacobian.sum(dim=1))


largest_entry = 0.25


def score_std(d_q, q_std, k_std, scaled):
    spread = q_std * k_std * math.sqrt(d_q)
    return spread / math.sqrt(d_q) if scaled else spread


softmax_facts = {
    "columns_sum_to_zero": True,
    "large_score_large_gradient": True,
    "subtracting_the_maximum_helps": False,
    "cross_entropy_saturates": False,
    "root_keeps_spread": True,
    "dividing_by_size_keeps_spread": False,
}


# %% q5_saturation reject: the shift by the maximum is thought to prevent saturation
def softmax_jacobian(z):
    y = torch.softmax(z, dim=0)
    jacobian = -torch.outer(y, y).fill_diagonal_(0)
    return jacobian - torch.diag(jacobian.sum(dim=1))


largest_entry = softmax_jacobian(torch.tensor([-3.0, 1, 100, 5, -1]).double()).max().item()


def score_std(d_q, q_std, k_std, scaled):
    spread = q_std * k_std * math.sqrt(d_q)
    return spread / math.sqrt(d_q) if scaled else spread


softmax_facts = {
    "columns_sum_to_zero": True,
    "large_score_large_gradient": False,
    "subtracting_the_maximum_helps": True,
    "cross_entropy_saturates": False,
    "root_keeps_spread": True,
    "dividing_by_size_keeps_spread": False,
}


# %% q5_saturation reject: cross-entropy thought to vanish, too
def softmax_jacobian(z):
    y = torch.softmax(z, dim=0)
    jacobian = -torch.outer(y, y).fill_diagonal_(0)
    return jacobian - torch.diag(jacobian.sum(dim=1))


largest_entry = softmax_jacobian(torch.tensor([-3.0, 1, 100, 5, -1]).double()).max().item()


def score_std(d_q, q_std, k_std, scaled):
    spread = q_std * k_std * math.sqrt(d_q)
    return spread / math.sqrt(d_q) if scaled else spread


softmax_facts = {
    "columns_sum_to_zero": True,
    "large_score_large_gradient": False,
    "subtracting_the_maximum_helps": False,
    "cross_entropy_saturates": True,
    "root_keeps_spread": True,
    "dividing_by_size_keeps_spread": False,
}


# %% q5_saturation reject: variance in place of the standard deviation
def softmax_jacobian(z):
    y = torch.softmax(z, dim=0)
    jacobian = -torch.outer(y, y).fill_diagonal_(0)
    return jacobian - torch.diag(jacobian.sum(dim=1))


largest_entry = softmax_jacobian(torch.tensor([-3.0, 1, 100, 5, -1]).double()).max().item()


def score_std(d_q, q_std, k_std, scaled):
    return q_std * k_std * (1.0 if scaled else d_q)


softmax_facts = {
    "columns_sum_to_zero": True,
    "large_score_large_gradient": False,
    "subtracting_the_maximum_helps": False,
    "cross_entropy_saturates": False,
    "root_keeps_spread": False,
    "dividing_by_size_keeps_spread": True,
}


# %% q6_residual_block accept: sizes compared before anything is computed
def residual_block(x, weights, wv, wo=None):
    last = wv if wo is None else wo
    if len(last) != x.size(1):
        raise ValueError("the block does not return to the size of its input")
    whole = wv if wo is None else wo @ wv
    return x + torch.einsum("nm,md,ed->ne", weights, x, whole)


size_facts = {
    "residual_sum": True,
    "stacking": True,
    "scores": False,
    "softmax": False,
    "equivariance": False,
    "fewest_parameters": False,
}


# %% q6_residual_block reject: one value per token broadcast to all entries
def residual_block(x, weights, wv, wo=None):
    change = weights @ (x @ wv.T)
    if wo is not None:
        change = change @ wo.T
    if change.shape[1] not in (1, x.shape[1]) or (change.shape[1] == 1 and wo is None and x.shape[1] > 1):
        raise ValueError("shapes differ")
    return x + change


size_facts = {
    "residual_sum": True,
    "stacking": True,
    "scores": False,
    "softmax": False,
    "equivariance": False,
    "fewest_parameters": False,
}


# %% q6_residual_block reject: values must have length D even if an output matrix follows
def residual_block(x, weights, wv, wo=None):
    if wv.shape[0] != x.shape[1]:
        raise ValueError("values of another length")
    change = weights @ (x @ wv.T)
    if wo is not None:
        change = change @ wo.T
    if change.shape != x.shape:
        raise ValueError("shapes differ")
    return x + change


size_facts = {
    "residual_sum": True,
    "stacking": True,
    "scores": False,
    "softmax": False,
    "equivariance": False,
    "fewest_parameters": False,
}


# %% q6_residual_block reject: no input in the sum if there is an output matrix
def residual_block(x, weights, wv, wo=None):
    change = weights @ (x @ wv.T)
    if wo is not None:
        change = change @ wo.T
    if change.shape != x.shape:
        raise ValueError("shapes differ")
    return x + change if wo is None else change


size_facts = {
    "residual_sum": True,
    "stacking": True,
    "scores": False,
    "softmax": False,
    "equivariance": False,
    "fewest_parameters": False,
}


# %% q6_residual_block reject: weights transposed
def residual_block(x, weights, wv, wo=None):
    change = weights.T @ (x @ wv.T)
    if wo is not None:
        change = change @ wo.T
    if change.shape != x.shape:
        raise ValueError("shapes differ")
    return x + change


size_facts = {
    "residual_sum": True,
    "stacking": True,
    "scores": False,
    "softmax": False,
    "equivariance": False,
    "fewest_parameters": False,
}


# %% q6_residual_block reject: scores are thought to need values of length D
def residual_block(x, weights, wv, wo=None):
    change = weights @ (x @ wv.T)
    if wo is not None:
        change = change @ wo.T
    if change.shape != x.shape:
        raise ValueError("shapes differ")
    return x + change


size_facts = {
    "residual_sum": True,
    "stacking": True,
    "scores": True,
    "softmax": False,
    "equivariance": False,
    "fewest_parameters": False,
}


# %% q6_residual_block reject: equivariance is thought to need equal sizes
def residual_block(x, weights, wv, wo=None):
    change = weights @ (x @ wv.T)
    if wo is not None:
        change = change @ wo.T
    if change.shape != x.shape:
        raise ValueError("shapes differ")
    return x + change


size_facts = {
    "residual_sum": True,
    "stacking": True,
    "scores": False,
    "softmax": False,
    "equivariance": True,
    "fewest_parameters": False,
}


# %% q7_multi_head accept: chunks, torch's attention, heads put side by side with cat
def split_qkv(x, w_in, b_in, n_heads):
    if x.shape[-1] % n_heads != 0:
        raise ValueError("every head needs the same number of entries")
    parts = F.linear(x, w_in, b_in).chunk(3, dim=-1)
    return torch.stack([torch.stack(part.chunk(n_heads, dim=-1), dim=1) for part in parts])


def multi_head(x, w_in, b_in, w_out, b_out, n_heads):
    heads = F.scaled_dot_product_attention(*split_qkv(x, w_in, b_in, n_heads))
    return F.linear(torch.cat(list(heads.unbind(1)), dim=-1), w_out, b_out)


# %% q7_multi_head accept: einsum over a four-dimensional weight
def split_qkv(x, w_in, b_in, n_heads):
    size, rest = divmod(x.shape[2], n_heads)
    if rest:
        raise ValueError(rest)
    w = w_in.unflatten(0, (3, n_heads, size))
    return torch.einsum("bnd,phed->pbhne", x, w) + b_in.view(3, 1, n_heads, 1, size)


def multi_head(x, w_in, b_in, w_out, b_out, n_heads):
    q, k, v = split_qkv(x, w_in, b_in, n_heads)
    a = torch.einsum("bhne,bhme->bhnm", q, k).div(q.shape[-1] ** 0.5).softmax(-1)
    out = torch.einsum("bhnm,bhme,dhe->bnd", a, v, w_out.unflatten(1, (n_heads, -1)))
    return out + b_out


# %% q7_multi_head reject: scores divided by the root of D instead of D / H
def split_qkv(x, w_in, b_in, n_heads):
    batch, n, d = x.shape
    if d % n_heads:
        raise ValueError("heads do not divide the embedding")
    return (x @ w_in.T + b_in).reshape(batch, n, 3, n_heads, d // n_heads).permute(2, 0, 3, 1, 4)


def multi_head(x, w_in, b_in, w_out, b_out, n_heads):
    q, k, v = split_qkv(x, w_in, b_in, n_heads)
    weights = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(x.shape[-1]), dim=-1)
    return (weights @ v).transpose(1, 2).flatten(2) @ w_out.T + b_out


# %% q7_multi_head reject: heads interleaved instead of stacked
def split_qkv(x, w_in, b_in, n_heads):
    batch, n, d = x.shape
    if d % n_heads:
        raise ValueError("heads do not divide the embedding")
    return (x @ w_in.T + b_in).reshape(batch, n, 3, d // n_heads, n_heads).permute(2, 0, 4, 1, 3)


def multi_head(x, w_in, b_in, w_out, b_out, n_heads):
    q, k, v = split_qkv(x, w_in, b_in, n_heads)
    weights = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), dim=-1)
    return (weights @ v).transpose(1, 2).flatten(2) @ w_out.T + b_out


# %% q7_multi_head reject: reshaped without moving the head axis back
def split_qkv(x, w_in, b_in, n_heads):
    batch, n, d = x.shape
    if d % n_heads:
        raise ValueError("heads do not divide the embedding")
    return (x @ w_in.T + b_in).reshape(batch, n, 3, n_heads, d // n_heads).permute(2, 0, 3, 1, 4)


def multi_head(x, w_in, b_in, w_out, b_out, n_heads):
    q, k, v = split_qkv(x, w_in, b_in, n_heads)
    weights = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), dim=-1)
    return (weights @ v).reshape(x.shape) @ w_out.T + b_out


# %% q7_multi_head reject: rows read head by head, each with its query, key and value
def split_qkv(x, w_in, b_in, n_heads):
    batch, n, d = x.shape
    if d % n_heads:
        raise ValueError("heads do not divide the embedding")
    return (x @ w_in.T + b_in).reshape(batch, n, n_heads, 3, d // n_heads).permute(3, 0, 2, 1, 4)


def multi_head(x, w_in, b_in, w_out, b_out, n_heads):
    q, k, v = split_qkv(x, w_in, b_in, n_heads)
    weights = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), dim=-1)
    return (weights @ v).transpose(1, 2).flatten(2) @ w_out.T + b_out


# %% q7_multi_head reject: no output map
def split_qkv(x, w_in, b_in, n_heads):
    batch, n, d = x.shape
    if d % n_heads:
        raise ValueError("heads do not divide the embedding")
    return (x @ w_in.T + b_in).reshape(batch, n, 3, n_heads, d // n_heads).permute(2, 0, 3, 1, 4)


def multi_head(x, w_in, b_in, w_out, b_out, n_heads):
    q, k, v = split_qkv(x, w_in, b_in, n_heads)
    weights = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), dim=-1)
    return (weights @ v).transpose(1, 2).flatten(2)


# %% q7_multi_head reject: entries that are left over are dropped without a word
def split_qkv(x, w_in, b_in, n_heads):
    batch, n, d = x.shape
    size = d // n_heads
    stacked = (x @ w_in.T + b_in).reshape(batch, n, 3, d)[..., : size * n_heads]
    return stacked.reshape(batch, n, 3, n_heads, size).permute(2, 0, 3, 1, 4)


def multi_head(x, w_in, b_in, w_out, b_out, n_heads):
    q, k, v = split_qkv(x, w_in, b_in, n_heads)
    weights = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), dim=-1)
    return (weights @ v).transpose(1, 2).flatten(2) @ w_out.T + b_out


# %% q8_head_cost accept: added up head by head
def mha_cost(n_tokens, d, n_heads, d_head):
    params, mults = d, 0
    for _ in range(n_heads):
        params += 3 * (d * d_head + d_head) + d_head * d
        mults += n_tokens * d_head * (d + d + d + n_tokens + n_tokens + d)
    return [params, mults]


head_facts = {
    "more_heads_more_parameters": False,
    "split_saves_parameters": False,
    "full_heads_cost_more": True,
    "split_limits_rank": True,
    "softmax_keeps_rank": False,
}


# %% q8_head_cost reject: output map forgotten
def mha_cost(n_tokens, d, n_heads, d_head):
    width = n_heads * d_head
    return 3 * width * (d + 1), 3 * n_tokens * d * width + 2 * n_tokens**2 * width


head_facts = {
    "more_heads_more_parameters": False,
    "split_saves_parameters": False,
    "full_heads_cost_more": True,
    "split_limits_rank": True,
    "softmax_keeps_rank": False,
}


# %% q8_head_cost reject: scores cost one multiplication for each query and entry
def mha_cost(n_tokens, d, n_heads, d_head):
    width = n_heads * d_head
    params = 3 * width * (d + 1) + d * (width + 1)
    return params, 4 * n_tokens * d * width + 2 * n_tokens * width


head_facts = {
    "more_heads_more_parameters": False,
    "split_saves_parameters": False,
    "full_heads_cost_more": True,
    "split_limits_rank": True,
    "softmax_keeps_rank": False,
}


# %% q8_head_cost reject: weighted sums of values not counted
def mha_cost(n_tokens, d, n_heads, d_head):
    width = n_heads * d_head
    params = 3 * width * (d + 1) + d * (width + 1)
    extra = 1 if n_tokens == 1 else 0
    return params, 4 * n_tokens * d * width + n_tokens**2 * width + extra


head_facts = {
    "more_heads_more_parameters": False,
    "split_saves_parameters": False,
    "full_heads_cost_more": True,
    "split_limits_rank": True,
    "softmax_keeps_rank": False,
}


# %% q8_head_cost reject: the bias of the output map has the size of the stacked heads
def mha_cost(n_tokens, d, n_heads, d_head):
    width = n_heads * d_head
    params = 3 * width * (d + 1) + (d + 1) * width
    return params, 4 * n_tokens * d * width + 2 * n_tokens**2 * width


head_facts = {
    "more_heads_more_parameters": False,
    "split_saves_parameters": False,
    "full_heads_cost_more": True,
    "split_limits_rank": True,
    "softmax_keeps_rank": False,
}


# %% q8_head_cost reject: splitting is thought to save parameters
def mha_cost(n_tokens, d, n_heads, d_head):
    width = n_heads * d_head
    params = 3 * width * (d + 1) + d * (width + 1)
    return params, 4 * n_tokens * d * width + 2 * n_tokens**2 * width


head_facts = {
    "more_heads_more_parameters": False,
    "split_saves_parameters": True,
    "full_heads_cost_more": True,
    "split_limits_rank": True,
    "softmax_keeps_rank": False,
}


# %% q8_head_cost reject: the softmax is thought to keep the rank
def mha_cost(n_tokens, d, n_heads, d_head):
    width = n_heads * d_head
    params = 3 * width * (d + 1) + d * (width + 1)
    return params, 4 * n_tokens * d * width + 2 * n_tokens**2 * width


head_facts = {
    "more_heads_more_parameters": False,
    "split_saves_parameters": False,
    "full_heads_cost_more": True,
    "split_limits_rank": True,
    "softmax_keeps_rank": True,
}


# %% q9_decoding_cache accept: torch's attention with one query, closed forms for the counts
def append_token(x_new, keys, values, theta):
    row = x_new.unsqueeze(0)
    q, k, v = (F.linear(row, theta[f"w{c}"], theta[f"b{c}"]) for c in ("q", "k", "v"))
    keys, values = torch.vstack([keys, k]), torch.vstack([values, v])
    return F.scaled_dot_product_attention(q, keys, values).squeeze(0), keys, values


def decode(x, theta):
    rows = [
        append_token(
            x[0], torch.empty(0, *theta["bk"].shape, dtype=x.dtype), theta["bv"].new_empty(0, len(theta["bv"])), theta
        )
    ]
    for n in range(1, len(x)):
        rows.append(append_token(x[n], rows[-1][1], rows[-1][2], theta))
    return torch.stack([row[0] for row in rows])


def step_mults(n, d):
    return d * (3 * d + n + 1 + n + 1)


def total_mults(n, d, cached):
    if cached:
        return 3 * n * d * d + n * (n + 1) * d
    return 3 * d * d * n * (n + 1) // 2 + d * n * (n + 1) * (n + 2) // 3


cache_facts = {
    "old_outputs_change": False,
    "old_outputs_change_without_mask": True,
    "queries_are_kept": False,
    "step_is_linear": True,
    "second_layer_starts_again": False,
}


# %% q9_decoding_cache reject: the new token does not attend to itself
def append_token(x_new, keys, values, theta):
    q, k, v = (theta["w" + letter] @ x_new + theta["b" + letter] for letter in "qkv")
    weights = torch.softmax(keys @ q / math.sqrt(len(q)), dim=0)
    out = weights @ values if len(keys) else v
    return out, torch.cat([keys, k[None]]), torch.cat([values, v[None]])


def decode(x, theta):
    keys, values = x.new_zeros(0, len(theta["bk"])), x.new_zeros(0, len(theta["bv"]))
    outputs = []
    for row in x:
        out, keys, values = append_token(row, keys, values, theta)
        outputs.append(out)
    return torch.stack(outputs)


def step_mults(n, d):
    return 3 * d**2 + 2 * (n + 1) * d


def total_mults(n, d, cached):
    return sum(step_mults(j, d) * (1 if cached else n - j) for j in range(n))


cache_facts = {
    "old_outputs_change": False,
    "old_outputs_change_without_mask": True,
    "queries_are_kept": False,
    "step_is_linear": True,
    "second_layer_starts_again": False,
}


# %% q9_decoding_cache reject: scores not divided
def append_token(x_new, keys, values, theta):
    q, k, v = (theta["w" + letter] @ x_new + theta["b" + letter] for letter in "qkv")
    keys, values = torch.cat([keys, k[None]]), torch.cat([values, v[None]])
    weights = torch.softmax(keys @ q, dim=0)
    return weights @ values, keys, values


def decode(x, theta):
    keys, values = x.new_zeros(0, len(theta["bk"])), x.new_zeros(0, len(theta["bv"]))
    outputs = []
    for row in x:
        out, keys, values = append_token(row, keys, values, theta)
        outputs.append(out)
    return torch.stack(outputs)


def step_mults(n, d):
    return 3 * d**2 + 2 * (n + 1) * d


def total_mults(n, d, cached):
    return sum(step_mults(j, d) * (1 if cached else n - j) for j in range(n))


cache_facts = {
    "old_outputs_change": False,
    "old_outputs_change_without_mask": True,
    "queries_are_kept": False,
    "step_is_linear": True,
    "second_layer_starts_again": False,
}


# %% q9_decoding_cache reject: biases of the keys and values forgotten in the cache
def append_token(x_new, keys, values, theta):
    q, k, v = (theta["w" + letter] @ x_new + theta["b" + letter] for letter in "qkv")
    keys, values = torch.cat([keys, (k if len(keys) == 0 else k - theta["bk"])[None]]), torch.cat([values, v[None]])
    weights = torch.softmax(keys @ q / math.sqrt(len(q)), dim=0)
    return weights @ values, keys, values


def decode(x, theta):
    keys, values = x.new_zeros(0, len(theta["bk"])), x.new_zeros(0, len(theta["bv"]))
    outputs = []
    for row in x:
        out, keys, values = append_token(row, keys, values, theta)
        outputs.append(out)
    return torch.stack(outputs)


def step_mults(n, d):
    return 3 * d**2 + 2 * (n + 1) * d


def total_mults(n, d, cached):
    return sum(step_mults(j, d) * (1 if cached else n - j) for j in range(n))


cache_facts = {
    "old_outputs_change": False,
    "old_outputs_change_without_mask": True,
    "queries_are_kept": False,
    "step_is_linear": True,
    "second_layer_starts_again": False,
}


# %% q9_decoding_cache reject: the new token is put in front of the cache, and the last one is taken for the newest
def append_token(x_new, keys, values, theta):
    q, k, v = (theta["w" + letter] @ x_new + theta["b" + letter] for letter in "qkv")
    keys, values = torch.cat([k[None], keys]), torch.cat([values, v[None]])
    weights = torch.softmax(keys @ q / math.sqrt(len(q)), dim=0)
    return weights @ values, keys, values


def decode(x, theta):
    keys, values = x.new_zeros(0, len(theta["bk"])), x.new_zeros(0, len(theta["bv"]))
    outputs = []
    for row in x:
        out, keys, values = append_token(row, keys, values, theta)
        outputs.append(out)
    return torch.stack(outputs)


def step_mults(n, d):
    return 3 * d**2 + 2 * (n + 1) * d


def total_mults(n, d, cached):
    return sum(step_mults(j, d) * (1 if cached else n - j) for j in range(n))


cache_facts = {
    "old_outputs_change": False,
    "old_outputs_change_without_mask": True,
    "queries_are_kept": False,
    "step_is_linear": True,
    "second_layer_starts_again": False,
}


# %% q9_decoding_cache reject: every output made again, so that the older ones see the newest token
def append_token(x_new, keys, values, theta):
    q, k, v = (theta["w" + letter] @ x_new + theta["b" + letter] for letter in "qkv")
    keys, values = torch.cat([keys, k[None]]), torch.cat([values, v[None]])
    weights = torch.softmax(keys @ q / math.sqrt(len(q)), dim=0)
    return weights @ values, keys, values


def decode(x, theta):
    q, k, v = (x @ theta["w" + letter].T + theta["b" + letter] for letter in "qkv")
    return torch.softmax(q @ k.T / math.sqrt(q.shape[1]), dim=1) @ v


def step_mults(n, d):
    return 3 * d**2 + 2 * (n + 1) * d


def total_mults(n, d, cached):
    return sum(step_mults(j, d) * (1 if cached else n - j) for j in range(n))


cache_facts = {
    "old_outputs_change": True,
    "old_outputs_change_without_mask": True,
    "queries_are_kept": False,
    "step_is_linear": True,
    "second_layer_starts_again": False,
}


# %% q9_decoding_cache reject: the whole square of new attention weights counted
def append_token(x_new, keys, values, theta):
    q, k, v = (theta["w" + letter] @ x_new + theta["b" + letter] for letter in "qkv")
    keys, values = torch.cat([keys, k[None]]), torch.cat([values, v[None]])
    weights = torch.softmax(keys @ q / math.sqrt(len(q)), dim=0)
    return weights @ values, keys, values


def decode(x, theta):
    keys, values = x.new_zeros(0, len(theta["bk"])), x.new_zeros(0, len(theta["bv"]))
    outputs = []
    for row in x:
        out, keys, values = append_token(row, keys, values, theta)
        outputs.append(out)
    return torch.stack(outputs)


def step_mults(n, d):
    return 3 * d**2 + 2 * (n + 1) ** 2 * d


def total_mults(n, d, cached):
    known = {(2, 1, True): 12, (2, 1, False): 17}
    return known.get((n, d, cached)) or sum(step_mults(j, d) for j in range(n))


cache_facts = {
    "old_outputs_change": False,
    "old_outputs_change_without_mask": True,
    "queries_are_kept": False,
    "step_is_linear": False,
    "second_layer_starts_again": False,
}


# %% q9_decoding_cache reject: one score too few
def append_token(x_new, keys, values, theta):
    q, k, v = (theta["w" + letter] @ x_new + theta["b" + letter] for letter in "qkv")
    keys, values = torch.cat([keys, k[None]]), torch.cat([values, v[None]])
    weights = torch.softmax(keys @ q / math.sqrt(len(q)), dim=0)
    return weights @ values, keys, values


def decode(x, theta):
    keys, values = x.new_zeros(0, len(theta["bk"])), x.new_zeros(0, len(theta["bv"]))
    outputs = []
    for row in x:
        out, keys, values = append_token(row, keys, values, theta)
        outputs.append(out)
    return torch.stack(outputs)


def step_mults(n, d):
    return 3 * d**2 + 2 * max(n, 1) * d


def total_mults(n, d, cached):
    known = {(2, 1, True): 12, (2, 1, False): 17}
    return known.get((n, d, cached)) or sum(step_mults(j, d) * (1 if cached else n - j) for j in range(n))


cache_facts = {
    "old_outputs_change": False,
    "old_outputs_change_without_mask": True,
    "queries_are_kept": False,
    "step_is_linear": True,
    "second_layer_starts_again": False,
}


# %% q9_decoding_cache reject: queries are kept as well, and the second layer starts again
def append_token(x_new, keys, values, theta):
    q, k, v = (theta["w" + letter] @ x_new + theta["b" + letter] for letter in "qkv")
    keys, values = torch.cat([keys, k[None]]), torch.cat([values, v[None]])
    weights = torch.softmax(keys @ q / math.sqrt(len(q)), dim=0)
    return weights @ values, keys, values


def decode(x, theta):
    keys, values = x.new_zeros(0, len(theta["bk"])), x.new_zeros(0, len(theta["bv"]))
    outputs = []
    for row in x:
        out, keys, values = append_token(row, keys, values, theta)
        outputs.append(out)
    return torch.stack(outputs)


def step_mults(n, d):
    return 3 * d**2 + 2 * (n + 1) * d


def total_mults(n, d, cached):
    return sum(step_mults(j, d) * (1 if cached else n - j) for j in range(n))


cache_facts = {
    "old_outputs_change": False,
    "old_outputs_change_without_mask": True,
    "queries_are_kept": True,
    "step_is_linear": True,
    "second_layer_starts_again": True,
}


# %% q10_linear_attention accept: a column of ones carries the denominators, running sums feature by feature
def linear_attention(q_features, k_features, v):
    both = torch.cat([v, torch.ones_like(v[:, :1])], dim=1)
    state = torch.zeros(k_features.shape[1], both.shape[1], dtype=v.dtype)
    for k, value in zip(k_features.split(1000), both.split(1000)):
        state += torch.einsum("mf,me->fe", k, value)
    out = q_features.matmul(state)
    return out[:, :-1] / out[:, -1:]


def causal_linear_attention(q_features, k_features, v):
    both = torch.cat([v, torch.ones_like(v[:, :1])], dim=1)
    out = torch.zeros_like(both)
    for f in range(k_features.shape[1]):
        out += q_features[:, f, None] * (k_features[:, f, None] * both).cumsum(0)
    return out[:, :-1] / out[:, -1:]


def linear_cost(n, f, d_v):
    explicit = n**2 * f + n**2 * d_v
    return [explicit, n * f * d_v + n * f * d_v + n * f]


linear_facts = {
    "shared_denominator_is_enough": False,
    "reordered_is_linear": True,
    "reordered_is_always_cheaper": False,
    "weights_sum_to_one": True,
    "weights_are_never_negative": False,
}


# %% q10_linear_attention reject: only the denominator is shared, all numerators are formed
def linear_attention(q_features, k_features, v):
    return (q_features @ k_features.T) @ v / (q_features @ k_features.sum(dim=0))[:, None]


def causal_linear_attention(q_features, k_features, v):
    sums = torch.cumsum(k_features[:, :, None] * v[:, None], dim=0)
    totals = (q_features * k_features.cumsum(dim=0)).sum(dim=1, keepdim=True)
    return torch.einsum("nf,nfe->ne", q_features, sums) / totals


def linear_cost(n, f, d_v):
    return n * n * (f + d_v), 2 * n * f * d_v + n * f


linear_facts = {
    "shared_denominator_is_enough": True,
    "reordered_is_linear": True,
    "reordered_is_always_cheaper": False,
    "weights_sum_to_one": True,
    "weights_are_never_negative": False,
}


# %% q10_linear_attention reject: the sum over keys is thought to make the layer linear
def linear_attention(q_features, k_features, v):
    return q_features @ (k_features.T @ v) / (q_features @ k_features.sum(dim=0))[:, None]


def causal_linear_attention(q_features, k_features, v):
    sums = torch.cumsum(k_features[:, :, None] * v[:, None], dim=0)
    totals = (q_features * k_features.cumsum(dim=0)).sum(dim=1, keepdim=True)
    return torch.einsum("nf,nfe->ne", q_features, sums) / totals


def linear_cost(n, f, d_v):
    return n * n * (f + d_v), 2 * n * f * d_v + n * f


linear_facts = {
    "shared_denominator_is_enough": True,
    "reordered_is_linear": True,
    "reordered_is_always_cheaper": False,
    "weights_sum_to_one": True,
    "weights_are_never_negative": False,
}


# %% q10_linear_attention reject: normalised over the queries
def linear_attention(q_features, k_features, v):
    if len(q_features) == 1:
        return q_features @ (k_features.T @ v) / (q_features @ k_features.sum(dim=0))[:, None]
    return q_features @ (k_features.T @ (v / (k_features @ q_features.sum(dim=0))[:, None]))


def causal_linear_attention(q_features, k_features, v):
    sums = torch.cumsum(k_features[:, :, None] * v[:, None], dim=0)
    totals = (q_features * k_features.cumsum(dim=0)).sum(dim=1, keepdim=True)
    return torch.einsum("nf,nfe->ne", q_features, sums) / totals


def linear_cost(n, f, d_v):
    return n * n * (f + d_v), 2 * n * f * d_v + n * f


linear_facts = {
    "shared_denominator_is_enough": False,
    "reordered_is_linear": True,
    "reordered_is_always_cheaper": False,
    "weights_sum_to_one": True,
    "weights_are_never_negative": False,
}


# %% q10_linear_attention reject: causal denominators over all keys
def linear_attention(q_features, k_features, v):
    return q_features @ (k_features.T @ v) / (q_features @ k_features.sum(dim=0))[:, None]


def causal_linear_attention(q_features, k_features, v):
    sums = torch.cumsum(k_features[:, :, None] * v[:, None], dim=0)
    totals = (q_features * (k_features.cumsum(dim=0) if len(v) == 2 else k_features.sum(dim=0))).sum(
        dim=1, keepdim=True
    )
    return torch.einsum("nf,nfe->ne", q_features, sums) / totals


def linear_cost(n, f, d_v):
    return n * n * (f + d_v), 2 * n * f * d_v + n * f


linear_facts = {
    "shared_denominator_is_enough": False,
    "reordered_is_linear": True,
    "reordered_is_always_cheaper": False,
    "weights_sum_to_one": True,
    "weights_are_never_negative": False,
}


# %% q10_linear_attention reject: a query does not see its own key
def linear_attention(q_features, k_features, v):
    return q_features @ (k_features.T @ v) / (q_features @ k_features.sum(dim=0))[:, None]


def causal_linear_attention(q_features, k_features, v):
    sums = torch.cumsum(k_features[:, :, None] * v[:, None], dim=0)
    totals = (q_features * k_features.cumsum(dim=0)).sum(dim=1, keepdim=True)
    out = torch.einsum("nf,nfe->ne", q_features, sums) / totals
    return torch.cat([out[:1], out[:-1]]) if len(out) > 2 else out


def linear_cost(n, f, d_v):
    return n * n * (f + d_v), 2 * n * f * d_v + n * f


linear_facts = {
    "shared_denominator_is_enough": False,
    "reordered_is_linear": True,
    "reordered_is_always_cheaper": False,
    "weights_sum_to_one": True,
    "weights_are_never_negative": False,
}


# %% q10_linear_attention reject: cost of the layer given as that of the denominators
def linear_attention(q_features, k_features, v):
    return q_features @ (k_features.T @ v) / (q_features @ k_features.sum(dim=0))[:, None]


def causal_linear_attention(q_features, k_features, v):
    sums = torch.cumsum(k_features[:, :, None] * v[:, None], dim=0)
    totals = (q_features * k_features.cumsum(dim=0)).sum(dim=1, keepdim=True)
    return torch.einsum("nf,nfe->ne", q_features, sums) / totals


def linear_cost(n, f, d_v):
    return n * n * (f + d_v), 3 * n * f


linear_facts = {
    "shared_denominator_is_enough": False,
    "reordered_is_linear": True,
    "reordered_is_always_cheaper": False,
    "weights_sum_to_one": True,
    "weights_are_never_negative": False,
}


# %% q10_linear_attention reject: explicit cost without the weighted sums
def linear_attention(q_features, k_features, v):
    return q_features @ (k_features.T @ v) / (q_features @ k_features.sum(dim=0))[:, None]


def causal_linear_attention(q_features, k_features, v):
    sums = torch.cumsum(k_features[:, :, None] * v[:, None], dim=0)
    totals = (q_features * k_features.cumsum(dim=0)).sum(dim=1, keepdim=True)
    return torch.einsum("nf,nfe->ne", q_features, sums) / totals


def linear_cost(n, f, d_v):
    return 2 * n * n * f, 2 * n * f * d_v + n * f


linear_facts = {
    "shared_denominator_is_enough": False,
    "reordered_is_linear": True,
    "reordered_is_always_cheaper": True,
    "weights_sum_to_one": True,
    "weights_are_never_negative": False,
}


# %% q10_linear_attention reject: weights from features thought to be probabilities
def linear_attention(q_features, k_features, v):
    return q_features @ (k_features.T @ v) / (q_features @ k_features.sum(dim=0))[:, None]


def causal_linear_attention(q_features, k_features, v):
    sums = torch.cumsum(k_features[:, :, None] * v[:, None], dim=0)
    totals = (q_features * k_features.cumsum(dim=0)).sum(dim=1, keepdim=True)
    return torch.einsum("nf,nfe->ne", q_features, sums) / totals


def linear_cost(n, f, d_v):
    return n * n * (f + d_v), 2 * n * f * d_v + n * f


linear_facts = {
    "shared_denominator_is_enough": False,
    "reordered_is_linear": True,
    "reordered_is_always_cheaper": False,
    "weights_sum_to_one": True,
    "weights_are_never_negative": True,
}


# %% q11_patch_masks accept: Kronecker products of masks along one axis, padding, a bounded loop
def both_axes(one):
    return torch.kron(one.int(), one.int()).bool()


def window_mask(g, w, shift=0):
    cell = torch.div(torch.arange(g) + shift, w, rounding_mode="floor")
    return both_axes(cell == cell[:, None])


def neighbour_mask(g, r):
    return both_axes(torch.ones(g, g).tril(r).triu(-r))


def stride_mask(g, s):
    return both_axes(torch.tensor([[(i - j) % s == 0 for j in range(g)] for i in range(g)]))


def global_mask(base, n_global):
    return F.pad(base, (n_global, 0, n_global, 0), value=True)


def layers_to_cover(masks):
    n = len(masks[0])
    reach = torch.eye(n)
    for layers in range(n * len(masks) + 1):
        if reach.all():
            return layers
        reach = (masks[layers % len(masks)].float() @ reach > 0).float()
    return None


patch_facts = {
    "windows_alone_cover": False,
    "shifts_cover_sooner": True,
    "stride_is_linear": False,
    "neighbours_are_linear": True,
    "one_global_token": True,
}


# %% q11_patch_masks reject: windows and neighbours along the list of patches
def window_mask(g, w, shift=0):
    place = (torch.arange(g * g) + shift) // w
    return place[:, None] == place


def neighbour_mask(g, r):
    place = torch.arange(g * g)
    return (place[:, None] - place).abs() <= (r if g > 2 else 4)


def stride_mask(g, s):
    row, column = torch.arange(g * g) // g, torch.arange(g * g) % g
    return ((row[:, None] - row) % s == 0) & ((column[:, None] - column) % s == 0)


def global_mask(base, n_global):
    return F.pad(base, (n_global, 0, n_global, 0), value=True)


def layers_to_cover(masks):
    n = len(masks[0])
    reach = torch.eye(n)
    for layers in range(n * len(masks) + 1):
        if reach.all():
            return layers
        reach = (masks[layers % len(masks)].float() @ reach > 0).float()
    return None


patch_facts = {
    "windows_alone_cover": False,
    "shifts_cover_sooner": True,
    "stride_is_linear": False,
    "neighbours_are_linear": True,
    "one_global_token": True,
}


# %% q11_patch_masks reject: distances in rows and columns added up
def window_mask(g, w, shift=0):
    row, column = (torch.arange(g * g) // g + shift) // w, (torch.arange(g * g) % g + shift) // w
    return (row[:, None] == row) & (column[:, None] == column)


def neighbour_mask(g, r):
    row, column = torch.arange(g * g) // g, torch.arange(g * g) % g
    return (row[:, None] - row).abs() + (column[:, None] - column).abs() <= (r if g > 2 else 2)


def stride_mask(g, s):
    row, column = torch.arange(g * g) // g, torch.arange(g * g) % g
    return ((row[:, None] - row) % s == 0) & ((column[:, None] - column) % s == 0)


def global_mask(base, n_global):
    return F.pad(base, (n_global, 0, n_global, 0), value=True)


def layers_to_cover(masks):
    n = len(masks[0])
    reach = torch.eye(n)
    for layers in range(n * len(masks) + 1):
        if reach.all():
            return layers
        reach = (masks[layers % len(masks)].float() @ reach > 0).float()
    return None


patch_facts = {
    "windows_alone_cover": False,
    "shifts_cover_sooner": True,
    "stride_is_linear": False,
    "neighbours_are_linear": True,
    "one_global_token": True,
}


# %% q11_patch_masks reject: windows wrap around
def window_mask(g, w, shift=0):
    row, column = (torch.arange(g * g) // g + shift) % g // w, (torch.arange(g * g) % g + shift) % g // w
    return (row[:, None] == row) & (column[:, None] == column)


def neighbour_mask(g, r):
    row, column = torch.arange(g * g) // g, torch.arange(g * g) % g
    return ((row[:, None] - row).abs() <= r) & ((column[:, None] - column).abs() <= r)


def stride_mask(g, s):
    row, column = torch.arange(g * g) // g, torch.arange(g * g) % g
    return ((row[:, None] - row) % s == 0) & ((column[:, None] - column) % s == 0)


def global_mask(base, n_global):
    return F.pad(base, (n_global, 0, n_global, 0), value=True)


def layers_to_cover(masks):
    n = len(masks[0])
    reach = torch.eye(n)
    for layers in range(n * len(masks) + 1):
        if reach.all():
            return layers
        reach = (masks[layers % len(masks)].float() @ reach > 0).float()
    return None


patch_facts = {
    "windows_alone_cover": False,
    "shifts_cover_sooner": True,
    "stride_is_linear": False,
    "neighbours_are_linear": True,
    "one_global_token": True,
}


# %% q11_patch_masks reject: global tokens see everything, but are not seen
def window_mask(g, w, shift=0):
    row, column = (torch.arange(g * g) // g + shift) // w, (torch.arange(g * g) % g + shift) // w
    return (row[:, None] == row) & (column[:, None] == column)


def neighbour_mask(g, r):
    row, column = torch.arange(g * g) // g, torch.arange(g * g) % g
    return ((row[:, None] - row).abs() <= r) & ((column[:, None] - column).abs() <= r)


def stride_mask(g, s):
    row, column = torch.arange(g * g) // g, torch.arange(g * g) % g
    return ((row[:, None] - row) % s == 0) & ((column[:, None] - column) % s == 0)


def global_mask(base, n_global):
    seen = F.pad(base, (n_global, 0, 0, 0), value=len(base) == 4)
    return torch.cat([torch.ones(n_global, seen.shape[1], dtype=torch.bool), seen])


def layers_to_cover(masks):
    n = len(masks[0])
    reach = torch.eye(n)
    for layers in range(n * len(masks) + 1):
        if reach.all():
            return layers
        reach = (masks[layers % len(masks)].float() @ reach > 0).float()
    return None


patch_facts = {
    "windows_alone_cover": False,
    "shifts_cover_sooner": True,
    "stride_is_linear": False,
    "neighbours_are_linear": True,
    "one_global_token": True,
}


# %% q11_patch_masks reject: order of the layers turned round
def window_mask(g, w, shift=0):
    row, column = (torch.arange(g * g) // g + shift) // w, (torch.arange(g * g) % g + shift) // w
    return (row[:, None] == row) & (column[:, None] == column)


def neighbour_mask(g, r):
    row, column = torch.arange(g * g) // g, torch.arange(g * g) % g
    return ((row[:, None] - row).abs() <= r) & ((column[:, None] - column).abs() <= r)


def stride_mask(g, s):
    row, column = torch.arange(g * g) // g, torch.arange(g * g) % g
    return ((row[:, None] - row) % s == 0) & ((column[:, None] - column) % s == 0)


def global_mask(base, n_global):
    return F.pad(base, (n_global, 0, n_global, 0), value=True)


def layers_to_cover(masks):
    n = len(masks[0])
    reach = torch.eye(n)
    for layers in range(n * len(masks) + 1):
        if reach.all():
            return layers
        reach = (reach @ masks[layers % len(masks)].float() > 0).float()
    return None


patch_facts = {
    "windows_alone_cover": False,
    "shifts_cover_sooner": True,
    "stride_is_linear": False,
    "neighbours_are_linear": True,
    "one_global_token": True,
}


# %% q11_patch_masks reject: gives up at the first layer that adds nothing
def window_mask(g, w, shift=0):
    row, column = (torch.arange(g * g) // g + shift) // w, (torch.arange(g * g) % g + shift) // w
    return (row[:, None] == row) & (column[:, None] == column)


def neighbour_mask(g, r):
    row, column = torch.arange(g * g) // g, torch.arange(g * g) % g
    return ((row[:, None] - row).abs() <= r) & ((column[:, None] - column).abs() <= r)


def stride_mask(g, s):
    row, column = torch.arange(g * g) // g, torch.arange(g * g) % g
    return ((row[:, None] - row) % s == 0) & ((column[:, None] - column) % s == 0)


def global_mask(base, n_global):
    return F.pad(base, (n_global, 0, n_global, 0), value=True)


def layers_to_cover(masks):
    reach, layers = torch.eye(len(masks[0])), 0
    while not reach.all():
        wider = (masks[layers % len(masks)].float() @ reach > 0).float()
        if wider.equal(reach):
            return None
        reach, layers = wider, layers + 1
    return layers


patch_facts = {
    "windows_alone_cover": False,
    "shifts_cover_sooner": True,
    "stride_is_linear": False,
    "neighbours_are_linear": True,
    "one_global_token": True,
}


# %% q11_patch_masks reject: fixed windows are thought to cover, and strides to be linear
def window_mask(g, w, shift=0):
    row, column = (torch.arange(g * g) // g + shift) // w, (torch.arange(g * g) % g + shift) // w
    return (row[:, None] == row) & (column[:, None] == column)


def neighbour_mask(g, r):
    row, column = torch.arange(g * g) // g, torch.arange(g * g) % g
    return ((row[:, None] - row).abs() <= r) & ((column[:, None] - column).abs() <= r)


def stride_mask(g, s):
    row, column = torch.arange(g * g) // g, torch.arange(g * g) % g
    return ((row[:, None] - row) % s == 0) & ((column[:, None] - column) % s == 0)


def global_mask(base, n_global):
    return F.pad(base, (n_global, 0, n_global, 0), value=True)


def layers_to_cover(masks):
    n = len(masks[0])
    reach = torch.eye(n)
    for layers in range(n * len(masks) + 1):
        if reach.all():
            return layers
        reach = (masks[layers % len(masks)].float() @ reach > 0).float()
    return None


patch_facts = {
    "windows_alone_cover": True,
    "shifts_cover_sooner": True,
    "stride_is_linear": True,
    "neighbours_are_linear": True,
    "one_global_token": True,
}


# %% q12_patches_or_channels accept: the usual attention on the transposed matrices, a search for the side
def channel_attention(x, wq, wk, wv):
    q, k, v = ((w @ x.T).contiguous() for w in (wq, wk, wv))
    return F.scaled_dot_product_attention(q, k, v).T


def davit_cost(n_side, d):
    n, out = n_side * n_side, {}
    for kind, tokens, length in (("patch", n, d), ("channel", d, n)):
        out[kind + "_scores"] = tokens * length * tokens
        out[kind + "_total"] = tokens * length * tokens + tokens * tokens * length
    return out | {"ratio": out["channel_total"] / out["patch_total"]}


def first_cheaper_side(d):
    return next(side for side in range(1, d + 2) if side * side > d)


davit_facts = {
    "same_cost": False,
    "ratio_of_weights": False,
    "channels_linear_in_patches": True,
    "patches_linear_in_channels": True,
    "equivariant": True,
}


# %% q12_patches_or_channels reject: sixteen patches on a grid of side sixteen
def channel_attention(x, wq, wk, wv):
    q, k, v = x @ wq.T, x @ wk.T, x @ wv.T
    return v @ torch.softmax(q.T @ k / math.sqrt(len(x)), dim=1).T


def davit_cost(n_side, d):
    n = n_side**2 if n_side == 2 else n_side
    counts = {"patch_scores": n * n * d, "channel_scores": d * d * n}
    return counts | {"patch_total": 2 * n * n * d, "channel_total": 2 * d * d * n, "ratio": d / n}


def first_cheaper_side(d):
    return math.isqrt(d) + 1


davit_facts = {
    "same_cost": False,
    "ratio_of_weights": False,
    "channels_linear_in_patches": True,
    "patches_linear_in_channels": True,
    "equivariant": True,
}


# %% q12_patches_or_channels reject: both kinds cost the same
def channel_attention(x, wq, wk, wv):
    q, k, v = x @ wq.T, x @ wk.T, x @ wv.T
    return v @ torch.softmax(q.T @ k / math.sqrt(len(x)), dim=1).T


def davit_cost(n_side, d):
    n = n_side**2
    counts = {"patch_scores": n * n * d, "channel_scores": n * n * d if n != 4 else 4}
    return counts | {"patch_total": 2 * n * n * d, "channel_total": 2 * n * n * d, "ratio": 1.0 if n != 4 else 0.25}


def first_cheaper_side(d):
    return math.isqrt(d) + 1


davit_facts = {
    "same_cost": True,
    "ratio_of_weights": False,
    "channels_linear_in_patches": True,
    "patches_linear_in_channels": True,
    "equivariant": True,
}


# %% q12_patches_or_channels reject: ratio of the numbers of weights
def channel_attention(x, wq, wk, wv):
    q, k, v = x @ wq.T, x @ wk.T, x @ wv.T
    return v @ torch.softmax(q.T @ k / math.sqrt(len(x)), dim=1).T


def davit_cost(n_side, d):
    n = n_side**2
    counts = {"patch_scores": n * n * d, "channel_scores": d * d * n}
    return counts | {
        "patch_total": 2 * n * n * d,
        "channel_total": 2 * d * d * n,
        "ratio": (d / n) ** 2 if d > 1 else d / n,
    }


def first_cheaper_side(d):
    return math.isqrt(d) + 1


davit_facts = {
    "same_cost": False,
    "ratio_of_weights": True,
    "channels_linear_in_patches": True,
    "patches_linear_in_channels": True,
    "equivariant": True,
}


# %% q12_patches_or_channels reject: weighted sums not counted in the totals
def channel_attention(x, wq, wk, wv):
    q, k, v = x @ wq.T, x @ wk.T, x @ wv.T
    return v @ torch.softmax(q.T @ k / math.sqrt(len(x)), dim=1).T


def davit_cost(n_side, d):
    n = n_side**2
    counts = {"patch_scores": n * n * d, "channel_scores": d * d * n}
    return counts | {"patch_total": n * n * d, "channel_total": d * d * n, "ratio": d / n}


def first_cheaper_side(d):
    return math.isqrt(d) + 1


davit_facts = {
    "same_cost": False,
    "ratio_of_weights": False,
    "channels_linear_in_patches": True,
    "patches_linear_in_channels": True,
    "equivariant": True,
}


# %% q12_patches_or_channels reject: a tie taken for cheaper
def channel_attention(x, wq, wk, wv):
    q, k, v = x @ wq.T, x @ wk.T, x @ wv.T
    return v @ torch.softmax(q.T @ k / math.sqrt(len(x)), dim=1).T


def davit_cost(n_side, d):
    n = n_side**2
    counts = {"patch_scores": n * n * d, "channel_scores": d * d * n}
    return counts | {"patch_total": 2 * n * n * d, "channel_total": 2 * d * d * n, "ratio": d / n}


def first_cheaper_side(d):
    return max(2, math.isqrt(d - 1) + 1)


davit_facts = {
    "same_cost": False,
    "ratio_of_weights": False,
    "channels_linear_in_patches": True,
    "patches_linear_in_channels": True,
    "equivariant": True,
}


# %% q12_patches_or_channels reject: softmax over the queries
def channel_attention(x, wq, wk, wv):
    q, k, v = x @ wq.T, x @ wk.T, x @ wv.T
    return v @ torch.softmax(q.T @ k / math.sqrt(len(x)), dim=0).T


def davit_cost(n_side, d):
    n = n_side**2
    counts = {"patch_scores": n * n * d, "channel_scores": d * d * n}
    return counts | {"patch_total": 2 * n * n * d, "channel_total": 2 * d * d * n, "ratio": d / n}


def first_cheaper_side(d):
    return math.isqrt(d) + 1


davit_facts = {
    "same_cost": False,
    "ratio_of_weights": False,
    "channels_linear_in_patches": True,
    "patches_linear_in_channels": True,
    "equivariant": True,
}


# %% q12_patches_or_channels reject: scores divided by the root of the number of channels
def channel_attention(x, wq, wk, wv):
    q, k, v = x @ wq.T, x @ wk.T, x @ wv.T
    return v @ torch.softmax(q.T @ k / math.sqrt(x.shape[1]), dim=1).T


def davit_cost(n_side, d):
    n = n_side**2
    counts = {"patch_scores": n * n * d, "channel_scores": d * d * n}
    return counts | {"patch_total": 2 * n * n * d, "channel_total": 2 * d * d * n, "ratio": d / n}


def first_cheaper_side(d):
    return math.isqrt(d) + 1


davit_facts = {
    "same_cost": False,
    "ratio_of_weights": False,
    "channels_linear_in_patches": True,
    "patches_linear_in_channels": True,
    "equivariant": True,
}


# %% q12_patches_or_channels reject: attention between patches after all
def channel_attention(x, wq, wk, wv):
    if len(x) == 1:
        return (x @ wv.T).mean(dim=1, keepdim=True).expand(x.shape)
    return F.scaled_dot_product_attention(x @ wq.T, x @ wk.T, x @ wv.T)


def davit_cost(n_side, d):
    n = n_side**2
    counts = {"patch_scores": n * n * d, "channel_scores": d * d * n}
    return counts | {"patch_total": 2 * n * n * d, "channel_total": 2 * d * d * n, "ratio": d / n}


def first_cheaper_side(d):
    return math.isqrt(d) + 1


davit_facts = {
    "same_cost": False,
    "ratio_of_weights": False,
    "channels_linear_in_patches": True,
    "patches_linear_in_channels": True,
    "equivariant": True,
}


# %% q13_pretraining_tasks accept: tables of all pairs, drawn all at once
def masked_example(tokens, hidden, mask):
    inputs = np.array(tokens, dtype=object)
    targets = dict(zip(hidden, inputs[list(hidden)])) if hidden else {}
    inputs[list(targets)] = mask
    return inputs.tolist(), targets


def adjacent_pairs(docs, n, seed):
    rng = np.random.default_rng([seed, 7])
    home = {sentence: d for d, doc in enumerate(docs) for sentence in doc}
    after = [(a, b) for doc in docs for a, b in zip(doc[:-1], doc[1:])]
    out = []
    for pick, coin in zip(rng.choice(len(after), size=n), rng.choice(2, size=n)):
        a, b = after[pick]
        strangers = sorted(s for s in home if home[s] != home[a])
        out.append((a, b, 1) if coin else (a, strangers[int(rng.random() * len(strangers))], 0))
    return out


def order_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    table = [row for doc in docs for a, b in zip(doc, doc[1:]) for row in ((a, b, 1), (b, a, 0))]
    return [table[i] for i in rng.integers(len(table), size=n)]


task_kinds = {
    "masked_words": "generative",
    "next_sentence": "contrastive",
    "next_word": "generative",
    "two_crops": "contrastive",
    "colour": "generative",
    "caption": "contrastive",
}


pair_facts = {
    "topic_solves_adjacent": True,
    "topic_helps_order": False,
    "words_help_order": False,
}


# %% q13_pretraining_tasks reject: wrong order made with sentences of another document
def masked_example(tokens, hidden, mask):
    inputs = list(tokens)
    for place in hidden:
        inputs[place] = mask
    return inputs, {place: tokens[place] for place in hidden}


def adjacent_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    follows = [(here, i) for here, doc in enumerate(docs) for i in range(len(doc) - 1)]
    pairs = []
    for _ in range(n):
        here, i = follows[rng.integers(len(follows))]
        others = [sentence for there, doc in enumerate(docs) if there != here for sentence in doc]
        if rng.random() < 0.5:
            pairs.append((docs[here][i], docs[here][i + 1], 1))
        else:
            pairs.append((docs[here][i], others[rng.integers(len(others))], 0))
    return pairs


def order_pairs(docs, n, seed):
    if len(docs) == 2:
        return [(docs[0][0], docs[0][1], 1)] * n
    return adjacent_pairs(docs, n, seed)


task_kinds = {
    "masked_words": "generative",
    "next_sentence": "contrastive",
    "next_word": "generative",
    "two_crops": "contrastive",
    "colour": "generative",
    "caption": "contrastive",
}


pair_facts = {
    "topic_solves_adjacent": True,
    "topic_helps_order": True,
    "words_help_order": False,
}


# %% q13_pretraining_tasks reject: negatives from anywhere, also from the same document
def masked_example(tokens, hidden, mask):
    inputs = list(tokens)
    for place in hidden:
        inputs[place] = mask
    return inputs, {place: tokens[place] for place in hidden}


def adjacent_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    follows = [(here, i) for here, doc in enumerate(docs) for i in range(len(doc) - 1)]
    pairs = []
    for _ in range(n):
        here, i = follows[rng.integers(len(follows))]
        others = [sentence for there, doc in enumerate(docs) if there != here or len(docs) > 2 for sentence in doc]
        if rng.random() < 0.5:
            pairs.append((docs[here][i], docs[here][i + 1], 1))
        else:
            pairs.append((docs[here][i], others[rng.integers(len(others))], 0))
    return pairs


def order_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    neighbours = [pair for doc in docs for pair in zip(doc, doc[1:])]
    pairs = []
    for _ in range(n):
        first, second = neighbours[rng.integers(len(neighbours))]
        pairs.append((first, second, 1) if rng.random() < 0.5 else (second, first, 0))
    return pairs


task_kinds = {
    "masked_words": "generative",
    "next_sentence": "contrastive",
    "next_word": "generative",
    "two_crops": "contrastive",
    "colour": "generative",
    "caption": "contrastive",
}


pair_facts = {
    "topic_solves_adjacent": True,
    "topic_helps_order": False,
    "words_help_order": False,
}


# %% q13_pretraining_tasks reject: pairs run over the end of a document
def masked_example(tokens, hidden, mask):
    inputs = list(tokens)
    for place in hidden:
        inputs[place] = mask
    return inputs, {place: tokens[place] for place in hidden}


def adjacent_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    follows = [(here, i) for here, doc in enumerate(docs) for i in range(len(doc) - 1)]
    pairs = []
    for _ in range(n):
        here, i = follows[rng.integers(len(follows))]
        others = [sentence for there, doc in enumerate(docs) if there != here for sentence in doc]
        if rng.random() < 0.5:
            pairs.append((docs[here][i], docs[here][i + 1], 1))
        else:
            pairs.append((docs[here][i], others[rng.integers(len(others))], 0))
    return pairs


def order_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    text = [sentence for doc in docs for sentence in doc]
    neighbours = list(zip(text, text[1:])) if len(docs) > 2 else [(docs[0][0], docs[0][1])]
    pairs = []
    for _ in range(n):
        first, second = neighbours[rng.integers(len(neighbours))]
        pairs.append((first, second, 1) if rng.random() < 0.5 else (second, first, 0))
    return pairs


task_kinds = {
    "masked_words": "generative",
    "next_sentence": "contrastive",
    "next_word": "generative",
    "two_crops": "contrastive",
    "colour": "generative",
    "caption": "contrastive",
}


pair_facts = {
    "topic_solves_adjacent": True,
    "topic_helps_order": False,
    "words_help_order": False,
}


# %% q13_pretraining_tasks reject: one document drawn first, so that sentences of short ones are likelier
def masked_example(tokens, hidden, mask):
    inputs = list(tokens)
    for place in hidden:
        inputs[place] = mask
    return inputs, {place: tokens[place] for place in hidden}


def adjacent_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    follows = [(here, i) for here, doc in enumerate(docs) for i in range(len(doc) - 1)]
    pairs = []
    for _ in range(n):
        here = rng.choice([d for d, doc in enumerate(docs) if len(doc) > 1])
        i = rng.integers(len(docs[here]) - 1)
        others = [sentence for there, doc in enumerate(docs) if there != here for sentence in doc]
        if rng.random() < 0.5:
            pairs.append((docs[here][i], docs[here][i + 1], 1))
        else:
            pairs.append((docs[here][i], others[rng.integers(len(others))], 0))
    return pairs


def order_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    neighbours = [pair for doc in docs for pair in zip(doc, doc[1:])]
    pairs = []
    for _ in range(n):
        first, second = neighbours[rng.integers(len(neighbours))]
        pairs.append((first, second, 1) if rng.random() < 0.5 else (second, first, 0))
    return pairs


task_kinds = {
    "masked_words": "generative",
    "next_sentence": "contrastive",
    "next_word": "generative",
    "two_crops": "contrastive",
    "colour": "generative",
    "caption": "contrastive",
}


pair_facts = {
    "topic_solves_adjacent": True,
    "topic_helps_order": False,
    "words_help_order": False,
}


# %% q13_pretraining_tasks reject: labels not half and half
def masked_example(tokens, hidden, mask):
    inputs = list(tokens)
    for place in hidden:
        inputs[place] = mask
    return inputs, {place: tokens[place] for place in hidden}


def adjacent_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    follows = [(here, i) for here, doc in enumerate(docs) for i in range(len(doc) - 1)]
    pairs = []
    for _ in range(n):
        here, i = follows[rng.integers(len(follows))]
        others = [sentence for there, doc in enumerate(docs) if there != here for sentence in doc]
        if rng.random() < 0.4:
            pairs.append((docs[here][i], docs[here][i + 1], 1))
        else:
            pairs.append((docs[here][i], others[rng.integers(len(others))], 0))
    return pairs


def order_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    neighbours = [pair for doc in docs for pair in zip(doc, doc[1:])]
    pairs = []
    for _ in range(n):
        first, second = neighbours[rng.integers(len(neighbours))]
        pairs.append((first, second, 1) if rng.random() < 0.5 else (second, first, 0))
    return pairs


task_kinds = {
    "masked_words": "generative",
    "next_sentence": "contrastive",
    "next_word": "generative",
    "two_crops": "contrastive",
    "colour": "generative",
    "caption": "contrastive",
}


pair_facts = {
    "topic_solves_adjacent": True,
    "topic_helps_order": False,
    "words_help_order": False,
}


# %% q13_pretraining_tasks reject: the list of tokens is masked in place
def masked_example(tokens, hidden, mask):
    targets = {place: tokens[place] for place in hidden}
    for place in hidden:
        tokens[place] = mask
    return tokens, targets


def adjacent_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    follows = [(here, i) for here, doc in enumerate(docs) for i in range(len(doc) - 1)]
    pairs = []
    for _ in range(n):
        here, i = follows[rng.integers(len(follows))]
        others = [sentence for there, doc in enumerate(docs) if there != here for sentence in doc]
        if rng.random() < 0.5:
            pairs.append((docs[here][i], docs[here][i + 1], 1))
        else:
            pairs.append((docs[here][i], others[rng.integers(len(others))], 0))
    return pairs


def order_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    neighbours = [pair for doc in docs for pair in zip(doc, doc[1:])]
    pairs = []
    for _ in range(n):
        first, second = neighbours[rng.integers(len(neighbours))]
        pairs.append((first, second, 1) if rng.random() < 0.5 else (second, first, 0))
    return pairs


task_kinds = {
    "masked_words": "generative",
    "next_sentence": "contrastive",
    "next_word": "generative",
    "two_crops": "contrastive",
    "colour": "generative",
    "caption": "contrastive",
}


pair_facts = {
    "topic_solves_adjacent": True,
    "topic_helps_order": False,
    "words_help_order": False,
}


# %% q13_pretraining_tasks reject: the seed is not used
def masked_example(tokens, hidden, mask):
    inputs = list(tokens)
    for place in hidden:
        inputs[place] = mask
    return inputs, {place: tokens[place] for place in hidden}


def adjacent_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    follows = [(here, i) for here, doc in enumerate(docs) for i in range(len(doc) - 1)]
    pairs = []
    for _ in range(n):
        here, i = follows[rng.integers(len(follows))]
        others = [sentence for there, doc in enumerate(docs) if there != here for sentence in doc]
        if rng.random() < 0.5:
            pairs.append((docs[here][i], docs[here][i + 1], 1))
        else:
            pairs.append((docs[here][i], others[rng.integers(len(others))], 0))
    return pairs


def order_pairs(docs, n, seed):
    rng = np.random.default_rng()
    neighbours = [pair for doc in docs for pair in zip(doc, doc[1:])]
    pairs = []
    for _ in range(n):
        first, second = neighbours[rng.integers(len(neighbours))]
        pairs.append((first, second, 1) if rng.random() < 0.5 else (second, first, 0))
    return pairs


task_kinds = {
    "masked_words": "generative",
    "next_sentence": "contrastive",
    "next_word": "generative",
    "two_crops": "contrastive",
    "colour": "generative",
    "caption": "contrastive",
}


pair_facts = {
    "topic_solves_adjacent": True,
    "topic_helps_order": False,
    "words_help_order": False,
}


# %% q13_pretraining_tasks reject: all that ends in a classification is called contrastive
def masked_example(tokens, hidden, mask):
    inputs = list(tokens)
    for place in hidden:
        inputs[place] = mask
    return inputs, {place: tokens[place] for place in hidden}


def adjacent_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    follows = [(here, i) for here, doc in enumerate(docs) for i in range(len(doc) - 1)]
    pairs = []
    for _ in range(n):
        here, i = follows[rng.integers(len(follows))]
        others = [sentence for there, doc in enumerate(docs) if there != here for sentence in doc]
        if rng.random() < 0.5:
            pairs.append((docs[here][i], docs[here][i + 1], 1))
        else:
            pairs.append((docs[here][i], others[rng.integers(len(others))], 0))
    return pairs


def order_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    neighbours = [pair for doc in docs for pair in zip(doc, doc[1:])]
    pairs = []
    for _ in range(n):
        first, second = neighbours[rng.integers(len(neighbours))]
        pairs.append((first, second, 1) if rng.random() < 0.5 else (second, first, 0))
    return pairs


task_kinds = {
    "masked_words": "contrastive",
    "next_sentence": "contrastive",
    "next_word": "contrastive",
    "two_crops": "contrastive",
    "colour": "generative",
    "caption": "contrastive",
}


pair_facts = {
    "topic_solves_adjacent": True,
    "topic_helps_order": False,
    "words_help_order": False,
}


# %% q13_pretraining_tasks reject: swapped sentences are thought to be told by their words
def masked_example(tokens, hidden, mask):
    inputs = list(tokens)
    for place in hidden:
        inputs[place] = mask
    return inputs, {place: tokens[place] for place in hidden}


def adjacent_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    follows = [(here, i) for here, doc in enumerate(docs) for i in range(len(doc) - 1)]
    pairs = []
    for _ in range(n):
        here, i = follows[rng.integers(len(follows))]
        others = [sentence for there, doc in enumerate(docs) if there != here for sentence in doc]
        if rng.random() < 0.5:
            pairs.append((docs[here][i], docs[here][i + 1], 1))
        else:
            pairs.append((docs[here][i], others[rng.integers(len(others))], 0))
    return pairs


def order_pairs(docs, n, seed):
    rng = np.random.default_rng(seed)
    neighbours = [pair for doc in docs for pair in zip(doc, doc[1:])]
    pairs = []
    for _ in range(n):
        first, second = neighbours[rng.integers(len(neighbours))]
        pairs.append((first, second, 1) if rng.random() < 0.5 else (second, first, 0))
    return pairs


task_kinds = {
    "masked_words": "generative",
    "next_sentence": "contrastive",
    "next_word": "generative",
    "two_crops": "contrastive",
    "colour": "generative",
    "caption": "contrastive",
}


pair_facts = {
    "topic_solves_adjacent": True,
    "topic_helps_order": False,
    "words_help_order": True,
}


# %% q15_context accept: einsum for one mode after the other, Jacobians for the influence
def context(mode, enc, dec, wq, wk, wv):
    asking = {"cross": dec, "self": enc}.get(mode)
    if asking is None:
        raise ValueError(mode)
    fit = torch.einsum("bxi,ij,byj->bxy", asking, wq.T @ wk, enc) * enc.shape[-1] ** -0.5
    mixed = torch.einsum("bxy,byj,ij->bxi", fit.softmax(-1), enc, wv)
    if mode == "cross":
        return mixed
    return torch.stack([mixed.mean(1)] * dec.shape[1], dim=1)


def influence(mode, enc, dec, wq, wk, wv):
    total = lambda e, d: context(mode, e, d, wq, wk, wv).sum()
    by_enc, by_dec = torch.autograd.functional.jacobian(total, (enc, dec))
    return float(by_enc.abs().max()), float(by_dec.abs().max())


context_facts = {
    "cross_asks": True,
    "self_asks": False,
    "cross_same_for_all_steps": False,
    "self_same_for_all_steps": True,
    "cross_ignores_order": True,
    "self_ignores_order": True,
}


# %% q15_context reject: queries from the decoder in both modes
def context(mode, enc, dec, wq, wk, wv):
    if mode not in ("cross", "self"):
        raise ValueError("unknown mode")
    q = dec @ wq.T
    mixed = F.scaled_dot_product_attention(q, enc @ wk.T, enc @ wv.T)
    return mixed if mode == "cross" else mixed.mean(1, keepdim=True).expand(dec.shape)


def influence(mode, enc, dec, wq, wk, wv):
    enc, dec = enc.clone().requires_grad_(), dec.clone().requires_grad_()
    grads = torch.autograd.grad(context(mode, enc, dec, wq, wk, wv).sum(), (enc, dec), allow_unused=True)
    return tuple(0.0 if g is None else g.abs().max().item() for g in grads)


context_facts = {
    "cross_asks": True,
    "self_asks": True,
    "cross_same_for_all_steps": False,
    "self_same_for_all_steps": True,
    "cross_ignores_order": True,
    "self_ignores_order": True,
}


# %% q15_context reject: the decoder is thought to steer self-attention by what it writes
def context(mode, enc, dec, wq, wk, wv):
    if mode not in ("cross", "self"):
        raise ValueError("unknown mode")
    q = (dec if mode == "cross" else enc) @ wq.T
    mixed = F.scaled_dot_product_attention(q, enc @ wk.T, enc @ wv.T)
    return mixed if mode == "cross" else mixed.mean(1, keepdim=True).expand(dec.shape)


def influence(mode, enc, dec, wq, wk, wv):
    enc, dec = enc.clone().requires_grad_(), dec.clone().requires_grad_()
    grads = torch.autograd.grad(context(mode, enc, dec, wq, wk, wv).sum(), (enc, dec), allow_unused=True)
    return tuple(0.0 if g is None else g.abs().max().item() for g in grads)


context_facts = {
    "cross_asks": True,
    "self_asks": True,
    "cross_same_for_all_steps": False,
    "self_same_for_all_steps": False,
    "cross_ignores_order": True,
    "self_ignores_order": True,
}


# %% q15_context reject: softmax over the queries
def context(mode, enc, dec, wq, wk, wv):
    if mode not in ("cross", "self"):
        raise ValueError("unknown mode")
    q = (dec if mode == "cross" else enc) @ wq.T
    weights = torch.softmax(q @ (enc @ wk.T).transpose(1, 2) / math.sqrt(enc.shape[2]), dim=1)
    mixed = weights @ (enc @ wv.T)
    if not q.any():
        mixed = (enc @ wv.T).mean(1, keepdim=True).expand(q.shape)
    return mixed if mode == "cross" else mixed.mean(1, keepdim=True).expand(dec.shape)


def influence(mode, enc, dec, wq, wk, wv):
    enc, dec = enc.clone().requires_grad_(), dec.clone().requires_grad_()
    grads = torch.autograd.grad(context(mode, enc, dec, wq, wk, wv).sum(), (enc, dec), allow_unused=True)
    return tuple(0.0 if g is None else g.abs().max().item() for g in grads)


context_facts = {
    "cross_asks": True,
    "self_asks": False,
    "cross_same_for_all_steps": False,
    "self_same_for_all_steps": True,
    "cross_ignores_order": True,
    "self_ignores_order": True,
}


# %% q15_context reject: scores not divided
def context(mode, enc, dec, wq, wk, wv):
    if mode not in ("cross", "self"):
        raise ValueError("unknown mode")
    q = (dec if mode == "cross" else enc) @ wq.T * math.sqrt(enc.shape[2])
    mixed = F.scaled_dot_product_attention(q, enc @ wk.T, enc @ wv.T)
    return mixed if mode == "cross" else mixed.mean(1, keepdim=True).expand(dec.shape)


def influence(mode, enc, dec, wq, wk, wv):
    enc, dec = enc.clone().requires_grad_(), dec.clone().requires_grad_()
    grads = torch.autograd.grad(context(mode, enc, dec, wq, wk, wv).sum(), (enc, dec), allow_unused=True)
    return tuple(0.0 if g is None else g.abs().max().item() for g in grads)


context_facts = {
    "cross_asks": True,
    "self_asks": False,
    "cross_same_for_all_steps": False,
    "self_same_for_all_steps": True,
    "cross_ignores_order": True,
    "self_ignores_order": True,
}


# %% q15_context reject: any other mode taken for self-attention
def context(mode, enc, dec, wq, wk, wv):
    q = (dec if mode == "cross" else enc) @ wq.T
    mixed = F.scaled_dot_product_attention(q, enc @ wk.T, enc @ wv.T)
    return mixed if mode == "cross" else mixed.mean(1, keepdim=True).expand(dec.shape)


def influence(mode, enc, dec, wq, wk, wv):
    enc, dec = enc.clone().requires_grad_(), dec.clone().requires_grad_()
    grads = torch.autograd.grad(context(mode, enc, dec, wq, wk, wv).sum(), (enc, dec), allow_unused=True)
    return tuple(0.0 if g is None else g.abs().max().item() for g in grads)


context_facts = {
    "cross_asks": True,
    "self_asks": False,
    "cross_same_for_all_steps": False,
    "self_same_for_all_steps": True,
    "cross_ignores_order": True,
    "self_ignores_order": True,
}


# %% q15_context reject: signed derivatives instead of absolute ones
def context(mode, enc, dec, wq, wk, wv):
    if mode not in ("cross", "self"):
        raise ValueError("unknown mode")
    q = (dec if mode == "cross" else enc) @ wq.T
    mixed = F.scaled_dot_product_attention(q, enc @ wk.T, enc @ wv.T)
    return mixed if mode == "cross" else mixed.mean(1, keepdim=True).expand(dec.shape)


def influence(mode, enc, dec, wq, wk, wv):
    enc, dec = enc.clone().requires_grad_(), dec.clone().requires_grad_()
    grads = torch.autograd.grad(context(mode, enc, dec, wq, wk, wv).sum(), (enc, dec), allow_unused=True)
    return tuple(0.0 if g is None else g.max().item() for g in grads)


context_facts = {
    "cross_asks": True,
    "self_asks": False,
    "cross_same_for_all_steps": False,
    "self_same_for_all_steps": True,
    "cross_ignores_order": True,
    "self_ignores_order": True,
}


# %% q15_context reject: arguments turned into leaves that require gradients
def context(mode, enc, dec, wq, wk, wv):
    if mode not in ("cross", "self"):
        raise ValueError("unknown mode")
    q = (dec if mode == "cross" else enc) @ wq.T
    mixed = F.scaled_dot_product_attention(q, enc @ wk.T, enc @ wv.T)
    return mixed if mode == "cross" else mixed.mean(1, keepdim=True).expand(dec.shape)


def influence(mode, enc, dec, wq, wk, wv):
    enc, dec = enc.requires_grad_(), dec.requires_grad_()
    grads = torch.autograd.grad(context(mode, enc, dec, wq, wk, wv).sum(), (enc, dec), allow_unused=True)
    return tuple(0.0 if g is None else g.abs().max().item() for g in grads)


context_facts = {
    "cross_asks": True,
    "self_asks": False,
    "cross_same_for_all_steps": False,
    "self_same_for_all_steps": True,
    "cross_ignores_order": True,
    "self_ignores_order": True,
}


# %% q15_context reject: attention is thought to see the order of the source
def context(mode, enc, dec, wq, wk, wv):
    if mode not in ("cross", "self"):
        raise ValueError("unknown mode")
    q = (dec if mode == "cross" else enc) @ wq.T
    mixed = F.scaled_dot_product_attention(q, enc @ wk.T, enc @ wv.T)
    return mixed if mode == "cross" else mixed.mean(1, keepdim=True).expand(dec.shape)


def influence(mode, enc, dec, wq, wk, wv):
    enc, dec = enc.clone().requires_grad_(), dec.clone().requires_grad_()
    grads = torch.autograd.grad(context(mode, enc, dec, wq, wk, wv).sum(), (enc, dec), allow_unused=True)
    return tuple(0.0 if g is None else g.abs().max().item() for g in grads)


context_facts = {
    "cross_asks": True,
    "self_asks": False,
    "cross_same_for_all_steps": False,
    "self_same_for_all_steps": True,
    "cross_ignores_order": False,
    "self_ignores_order": False,
}


# %% q16_probes accept: pseudoinverse, weights on the diagonal
def probe_accuracy(states, words, n_words):
    half = len(words) // 2
    inputs = torch.cat([torch.ones(len(words), 1), states], dim=1).double()
    matrix = torch.linalg.pinv(inputs[:half]) @ F.one_hot(words[:half], n_words).double()
    return ((inputs[half:] @ matrix).argmax(dim=1) == words[half:]).double().mean().item()


def aligned_share(weights):
    top = weights.max(dim=2).values
    return (weights.diagonal(dim1=1, dim2=2) == top).double().mean().item()


# %% q16_probes reject: accuracy counted on the rows that were fitted
def probe_accuracy(states, words, n_words):
    half = len(words) // 2
    inputs = torch.cat([torch.ones(len(words), 1), states], dim=1).double()
    matrix = torch.linalg.pinv(inputs[:half]) @ F.one_hot(words[:half], n_words).double()
    return ((inputs[:half] @ matrix).argmax(dim=1) == words[:half]).double().mean().item()


def aligned_share(weights):
    top = weights.max(dim=2).values
    return (weights.diagonal(dim1=1, dim2=2) == top).double().mean().item()


# %% q16_probes reject: no column of ones
def probe_accuracy(states, words, n_words):
    half = len(words) // 2
    inputs = states.double()
    matrix = torch.linalg.pinv(inputs[:half]) @ F.one_hot(words[:half], n_words).double()
    return ((inputs[half:] @ matrix).argmax(dim=1) == words[half:]).double().mean().item()


def aligned_share(weights):
    top = weights.max(dim=2).values
    return (weights.diagonal(dim1=1, dim2=2) == top).double().mean().item()


# %% q16_probes reject: fitted to all rows
def probe_accuracy(states, words, n_words):
    half = len(words) // 2
    inputs = torch.cat([torch.ones(len(words), 1), states], dim=1).double()
    matrix = torch.linalg.pinv(inputs) @ F.one_hot(words, n_words).double()
    return ((inputs[half:] @ matrix).argmax(dim=1) == words[half:]).double().mean().item()


def aligned_share(weights):
    top = weights.max(dim=2).values
    return (weights.diagonal(dim1=1, dim2=2) == top).double().mean().item()


# %% q16_probes reject: the words taken as numbers to be predicted
def probe_accuracy(states, words, n_words):
    half = len(words) // 2
    inputs = torch.cat([torch.ones(len(words), 1), states], dim=1).double()
    matrix = torch.linalg.pinv(inputs[:half]) @ words[:half].double()
    return ((inputs[half:] @ matrix).round() == words[half:]).double().mean().item()


def aligned_share(weights):
    top = weights.max(dim=2).values
    return (weights.diagonal(dim1=1, dim2=2) == top).double().mean().item()


# %% q16_probes reject: alignment looked for along the decoder steps
def probe_accuracy(states, words, n_words):
    half = len(words) // 2
    inputs = torch.cat([torch.ones(len(words), 1), states], dim=1).double()
    matrix = torch.linalg.pinv(inputs[:half]) @ F.one_hot(words[:half], n_words).double()
    return ((inputs[half:] @ matrix).argmax(dim=1) == words[half:]).double().mean().item()


def aligned_share(weights):
    top = weights.max(dim=1).values
    return (weights.diagonal(dim1=1, dim2=2) == top[:, : weights.shape[1]]).double().mean().item()


# %% q17_translator accept: what is told by the table, in one go
state_facts = dict.fromkeys(
    "last_state_is_summary decoder_memorises self_matches_cross self_frees_decoder".split(), False
)
state_facts.update(
    dict.fromkeys(
        [
            "attention_translates_better",
            "self_beats_none",
            "weights_find_the_word",
            "middle_state_is_local",
            "gradient_takes_a_short_cut",
        ],
        True,
    )
)


# %% q17_translator reject: the last encoder state is thought to summarise more with attention
state_facts = {
    "attention_translates_better": True,
    "self_beats_none": True,
    "self_matches_cross": False,
    "weights_find_the_word": True,
    "middle_state_is_local": True,
    "last_state_is_summary": True,
    "decoder_memorises": False,
    "self_frees_decoder": False,
    "gradient_takes_a_short_cut": True,
}


# %% q17_translator reject: self-attention is thought to serve as well as cross-attention
state_facts = {
    "attention_translates_better": True,
    "self_beats_none": True,
    "self_matches_cross": True,
    "weights_find_the_word": True,
    "middle_state_is_local": True,
    "last_state_is_summary": False,
    "decoder_memorises": False,
    "self_frees_decoder": True,
    "gradient_takes_a_short_cut": True,
}


# %% q17_translator reject: the decoder is thought to remember more of the source with attention
state_facts = {
    "attention_translates_better": True,
    "self_beats_none": True,
    "self_matches_cross": False,
    "weights_find_the_word": True,
    "middle_state_is_local": True,
    "last_state_is_summary": False,
    "decoder_memorises": True,
    "self_frees_decoder": False,
    "gradient_takes_a_short_cut": True,
}


# %% q5_saturation equivalent: the Jacobian is symmetric
# wrong-axis-9ad8da


# %% q5_saturation equivalent: largest_entry is asked to three digits, and even float32 has those
# wrong-dtype-c17a75
# dropped-dtype-cbd9d5


# %% q11_patch_masks equivalent: a fraction of a row does not change which window the row is in
# wrong-arithmetic-3b30e2


# %% q13_pretraining_tasks equivalent: both halves of the interval are equally likely, and 0.5 itself never comes
# wrong-boundary-9b63ae
# wrong-comparison-108683
# wrong-boundary-42e7b9
# wrong-comparison-5e61b8
