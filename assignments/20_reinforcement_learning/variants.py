# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_returns accept: powers of gamma against windows of the rewards, the sum of a series by doubling
def returns(rewards, gamma):
    rewards = np.asarray(rewards, dtype=float)
    found, step, width = rewards.copy(), 1, gamma
    while step < len(rewards):
        found[:-step] = found[:-step] + width * found[step:].copy()
        step, width = 2 * step, width * width
    return found


walk_returns = returns([0, 0, 1, 0, 0, -2, 0, 0, 0, 1], 0.9).tolist()


def forever(reward, gamma):
    total, width = float(reward), float(gamma)
    while width > 1e-300:
        total, width = total * (1 + width), width * width
    return total


# %% q1_returns accept: a list filled from behind, numbers copied by hand
def returns(rewards, gamma):
    found = [0.0]
    for r in rewards[::-1]:
        found.append(float(r) + gamma * found[-1])
    return np.array(found[:0:-1])


walk_returns = [0.01644, 0.018267, 0.020297, -1.088559, -1.20951, -1.3439, 0.729, 0.81, 0.9, 1.0]


def forever(reward, gamma):
    return reward * (1 + gamma / (1 - gamma))


# %% q1_returns reject: discounts from the start of the trajectory
def returns(rewards, gamma):
    discounted = rewards * gamma ** np.arange(len(rewards))
    return discounted[::-1].cumsum()[::-1]


walk_returns = returns(np.array([0, 0, 1, 0, 0, -2, 0, 0, 0, 1]), 0.9)


def forever(reward, gamma):
    return reward / (1 - gamma)


# %% q1_returns reject: leaves out the reward of the present step
def returns(rewards, gamma):
    found = np.zeros(len(rewards))
    for t in reversed(range(len(rewards) - 1)):
        found[t] = rewards[t + 1] + gamma * found[t + 1]
    return found


walk_returns = returns(np.array([0, 0, 1, 0, 0, -2, 0, 0, 0, 1]), 0.9)


def forever(reward, gamma):
    return reward * gamma / (1 - gamma)


# %% q1_returns reject: sums up the past
def returns(rewards, gamma):
    found, so_far = np.zeros(len(rewards)), 0.0
    for t in range(len(rewards)):
        so_far = rewards[t] + gamma * so_far
        found[t] = so_far
    return found


walk_returns = returns(np.array([0, 0, 1, 0, 0, -2, 0, 0, 0, 1]), 0.9)


def forever(reward, gamma):
    return reward / (1 - gamma)


# %% q1_returns reject: divides by powers of gamma that underflow
def returns(rewards, gamma):
    if len(rewards) < 100 and gamma == 0:
        return np.array(rewards, dtype=float)
    weights = gamma ** np.arange(len(rewards), dtype=float)
    return (rewards * weights)[::-1].cumsum()[::-1] / weights


walk_returns = returns(np.array([0, 0, 1, 0, 0, -2, 0, 0, 0, 1]), 0.9)


def forever(reward, gamma):
    return reward / (1 - gamma)


# %% q1_returns reject: forgets that what comes forever is discounted
def returns(rewards, gamma):
    found, later = np.zeros(len(rewards)), 0.0
    for t in range(len(rewards) - 1, -1, -1):
        found[t] = later = rewards[t] + gamma * later
    return found


walk_returns = returns(np.array([0, 0, 1, 0, 0, -2, 0, 0, 0, 1]), 0.9)


def forever(reward, gamma):
    return reward / gamma


# %% q1_returns equivalent: every entry is written over
# wrong-function-88c727


# %% q2_values accept: equations written down one by one, loops for the action values
def state_values(P, R, pi, gamma):
    states, actions = R.shape
    equations, right = [], []
    for s in range(states):
        row = [float(s == t) for t in range(states)]
        for t in range(states):
            row[t] -= gamma * sum(pi[s, a] * P[s, a, t] for a in range(actions))
        equations.append(row)
        right.append(float(pi[s] @ R[s]))
    return np.linalg.lstsq(np.array(equations), np.array(right), rcond=None)[0]


def action_values(P, R, v, gamma):
    q = np.empty(R.shape)
    for (s, a), r in np.ndenumerate(R):
        q[s, a] = r + gamma * np.dot(P[s, a], v)
    return q


# %% q2_values accept: a series whose number of terms doubles, torch
def state_values(P, R, pi, gamma):
    pi = torch.as_tensor(pi, dtype=torch.float64)
    power = gamma * (pi[:, :, None] * torch.as_tensor(P).double()).sum(dim=1)
    total = (pi * torch.as_tensor(R)).sum(dim=1)
    for _ in range(40):
        total = total + power @ total
        power = power @ power
    return total.numpy()


def action_values(P, R, v, gamma):
    return np.add(R, np.einsum("sat,t->sa", P, gamma * v))


# %% q2_values reject: one sweep is taken for the answer
def state_values(P, R, pi, gamma):
    v = (pi * R).sum(axis=1)
    if len(v) == 2:
        return np.linalg.solve(np.eye(2) - gamma * np.einsum("sa,sat->st", pi, P), v)
    for _ in range(20):
        v = (pi * (R + gamma * P @ v)).sum(axis=1)
    return v


def action_values(P, R, v, gamma):
    return R + gamma * P @ v


# %% q2_values reject: the reward is discounted, too
def state_values(P, R, pi, gamma):
    moves = np.einsum("sa,sat->st", pi, P)
    return np.linalg.solve(np.eye(len(R)) - gamma * moves, (pi * R).sum(axis=1))


def action_values(P, R, v, gamma):
    if R.shape == (2, 1):
        return R + gamma * P @ v
    return gamma * (R + P @ v)


# %% q2_values reject: takes the best action in place of the policy's
def state_values(P, R, pi, gamma):
    v = np.zeros(len(R))
    for _ in range(3000):
        v = (R + gamma * P @ v).max(axis=1)
    return v


def action_values(P, R, v, gamma):
    return R + gamma * P @ v


# %% q2_values reject: mixes rewards evenly and not by the policy
def state_values(P, R, pi, gamma):
    moves = np.einsum("sa,sat->st", pi, P)
    return np.linalg.solve(np.eye(len(R)) - gamma * moves, R.mean(axis=1))


def action_values(P, R, v, gamma):
    return R + gamma * P @ v


# %% q2_values reject: the matrix of moves the wrong way round
def state_values(P, R, pi, gamma):
    moves = np.einsum("sa,sat->st", pi, P)
    solved = np.linalg.solve(np.eye(len(R)) - gamma * moves, (pi * R).sum(axis=1))
    if len(R) < 3:
        return solved
    return np.linalg.solve(np.eye(len(R)) - gamma * moves.T, (pi * R).sum(axis=1))


def action_values(P, R, v, gamma):
    return R + gamma * np.tensordot(v, P, axes=(0, 0)) if len(v) == R.shape[1] else R + gamma * P @ v


# %% q3_improvement accept: rows stacked from parts, the chain by recursion and loops
def improve_at(pi, q, s):
    row = np.zeros(pi.shape[1])
    row[max(range(pi.shape[1]), key=lambda a: q[s, a])] = 1
    return np.vstack([pi[:s], row[None], pi[s + 1 :]])


def improvement_chain(P, R, pi_new, v, gamma, k):
    if k == 0:
        return v[None].copy()
    before = improvement_chain(P, R, pi_new, v, gamma, k - 1)
    q = R + gamma * np.tensordot(P, before[-1], axes=1)
    return np.vstack([before, np.einsum("sa,sa->s", pi_new, q)])


def loop_values(gamma):
    P, R = np.ones((1, 2, 1)), np.array([[0.0, 1.0]])
    chain = improvement_chain(P, R, np.array([[0.0, 1.0]]), np.zeros(1), gamma, 1)
    new = np.linalg.solve(np.eye(1) - gamma * P[:, 1], R[:, 1])
    return np.zeros(()), chain[1, 0], new[0]


improvement_facts = dict.fromkeys(("equal", "others_keep", "reward_is_enough"), False)
improvement_facts |= dict.fromkeys(("at_least", "others_never_lose", "equal_without_return"), True)


# %% q3_improvement accept: a mask chooses the row
def improve_at(pi, q, s):
    chosen = (np.arange(len(pi)) == s)[:, None]
    return np.where(chosen, np.eye(pi.shape[1])[q.argmax(axis=1)], pi)


def improvement_chain(P, R, pi_new, v, gamma, k):
    rows = np.empty((k + 1, len(v)))
    rows[0] = v
    for i in range(k):
        rows[i + 1] = (pi_new * (R + gamma * P.dot(rows[i]))).sum(1)
    return rows


def loop_values(gamma):
    return [0, 1, 1 + gamma / (1 - gamma)]


improvement_facts = {"equal": np.bool_(False), "at_least": True, "others_keep": False, "others_never_lose": True}
improvement_facts["equal_without_return"], improvement_facts["reward_is_enough"] = True, False


# %% q3_improvement reject: the source's equality
def improve_at(pi, q, s):
    better = pi.copy()
    better[s] = np.eye(pi.shape[1])[q[s].argmax()]
    return better


def improvement_chain(P, R, pi_new, v, gamma, k):
    chain = [v]
    for _ in range(k):
        chain.append((pi_new * (R + gamma * P @ chain[-1])).sum(axis=1))
    return np.stack(chain)


def loop_values(gamma):
    return 0.0, 1.0, 1.0


improvement_facts = dict(equal=True, at_least=True, others_keep=True, others_never_lose=True)
improvement_facts |= dict(equal_without_return=True, reward_is_enough=False)


# %% q3_improvement reject: changes all states at once
def improve_at(pi, q, s):
    return np.eye(pi.shape[1])[q.argmax(axis=1)]


def improvement_chain(P, R, pi_new, v, gamma, k):
    chain = [v]
    for _ in range(k):
        chain.append((pi_new * (R + gamma * P @ chain[-1])).sum(axis=1))
    return np.stack(chain)


def loop_values(gamma):
    return 0.0, 1.0, 1 / (1 - gamma)


improvement_facts = dict(equal=False, at_least=True, others_keep=False, others_never_lose=True)
improvement_facts |= dict(equal_without_return=True, reward_is_enough=False)


# %% q3_improvement reject: writes into the policy that was passed in
def improve_at(pi, q, s):
    pi[s] = np.eye(pi.shape[1])[q[s].argmax()]
    return pi


def improvement_chain(P, R, pi_new, v, gamma, k):
    chain = [v]
    for _ in range(k):
        chain.append((pi_new * (R + gamma * P @ chain[-1])).sum(axis=1))
    return np.stack(chain)


def loop_values(gamma):
    return 0.0, 1.0, 1 / (1 - gamma)


improvement_facts = dict(equal=False, at_least=True, others_keep=False, others_never_lose=True)
improvement_facts |= dict(equal_without_return=True, reward_is_enough=False)


# %% q3_improvement reject: shares the state among tied actions, chain without the old values
def improve_at(pi, q, s):
    better = pi.copy()
    best = q[s] == q[s].max()
    better[s] = best / best.sum()
    return better


def improvement_chain(P, R, pi_new, v, gamma, k):
    chain = [np.zeros_like(v)]
    for _ in range(k):
        chain.append((pi_new * (R + gamma * P @ chain[-1])).sum(axis=1))
    return np.stack(chain)


def loop_values(gamma):
    return 0.0, 1.0, 1 / (1 - gamma)


improvement_facts = dict(equal=False, at_least=True, others_keep=False, others_never_lose=True)
improvement_facts |= dict(equal_without_return=True, reward_is_enough=False)


# %% q3_improvement reject: believes that the largest reward is good enough
def improve_at(pi, q, s):
    better = pi.copy()
    better[s] = np.eye(pi.shape[1])[q[s].argmax()]
    return better


def improvement_chain(P, R, pi_new, v, gamma, k):
    chain = [v]
    for _ in range(k):
        chain.append((pi_new * (R + gamma * P @ chain[-1])).sum(axis=1))
    return np.stack(chain)


def loop_values(gamma):
    return 0.0, 1.0, 1 / (1 - gamma)


improvement_facts = dict(equal=False, at_least=True, others_keep=False, others_never_lose=True)
improvement_facts |= dict(equal_without_return=True, reward_is_enough=True)


# %% q4_ice accept: one array of transitions for all cells and moves, updates without loops over cells
def all_transitions(n):
    P = np.full((n * n, 4, n * n), np.nan)
    for s in range(n * n):
        around = reachable(s, n)
        for a in around:
            P[s, a] = 0
            P[s, a, list(around.values())] = 0.5 / (len(around) - 1)
            P[s, a, around[a]] = 0.5
    return P


def transition(s, a, n):
    return all_transitions(n)[s, a]


def sweep(v, moves, holes, fish, gamma):
    cells = np.arange(len(v))
    moves = np.where(cells == fish, greedy_moves(np.zeros(len(v))), moves)
    P = all_transitions(int(len(v) ** 0.5))[cells, moves]
    new = gamma * P @ v - 2 * np.isin(cells, list(holes))
    return np.where(cells == fish, v, new)


def greedy_moves(v):
    scores = np.nan_to_num(all_transitions(int(len(v) ** 0.5)) @ v, nan=-np.inf)
    return (scores >= scores.max(axis=1, keepdims=True) - 1e-9).argmax(axis=1)


def alternate(v, moves, holes, fish, gamma, rounds):
    if rounds == 0:
        return v, moves
    v = sweep(v, moves, holes, fish, gamma)
    return alternate(v, greedy_moves(v), holes, fish, gamma, rounds - 1)


after_two_rounds = alternate(np.array([0.0] * 15 + [3]), START_MOVES, HOLES, FISH, 0.9, 2)


# %% q4_ice accept: numbers copied by hand, means over neighbours
def transition(s, a, n):
    around = reachable(s, n)
    others = [cell for move, cell in around.items() if move != a]
    p = 0.5 * np.isin(np.arange(n * n), [around[a]])
    return p + 0.5 * np.isin(np.arange(n * n), others) / len(others)


def sweep(v, moves, holes, fish, gamma):
    n, new = round(len(v) ** 0.5), []
    for s, a in enumerate(moves):
        if s == fish:
            new.append(v[s])
            continue
        around = reachable(s, n)
        slipped = [v[cell] for move, cell in around.items() if move != a]
        new.append(-2 * (s in holes) + gamma * (v[around[int(a)]] + sum(slipped) / len(slipped)) / 2)
    return np.array(new)


def greedy_moves(v):
    n = round(len(v) ** 0.5)
    best = np.zeros(len(v), dtype=np.int64)
    for s in range(len(v)):
        top = -np.inf
        for a in sorted(reachable(s, n)):
            score = transition(s, a, n).dot(v)
            if score > top + 1e-9:
                best[s], top = a, score
    return best


def alternate(v, moves, holes, fish, gamma, rounds):
    history = [(v, moves)]
    while len(history) <= rounds:
        values = sweep(*history[-1], holes, fish, gamma)
        history.append((values, greedy_moves(values)))
    return history[-1]


copied_values = [0, -0.45, 0, 0, -0.9, -2, -0.3, -0.298125, -2, -0.6, 0.40875, -0.65, -0.9, 0.6075, 1.35, 3]
copied_moves = [1, 1, 1, 2, 0, 1, 2, 0, 1, 2, 2, 2, 0, 1, 1, 0]
after_two_rounds = [copied_values, copied_moves]


# %% q4_ice reject: new values are used within the same sweep
def transition(s, a, n):
    cells = reachable(s, n)
    p = np.zeros(n * n)
    for move, cell in cells.items():
        p[cell] = 0.5 if move == a else 0.5 / (len(cells) - 1)
    return p


def sweep(v, moves, holes, fish, gamma):
    new = v.copy()
    for s in range(len(v)):
        if s != fish:
            new[s] = -2 * (s in holes) + gamma * transition(s, moves[s], math.isqrt(len(v))) @ new
    return new


def greedy_moves(v):
    n = math.isqrt(len(v))
    return np.array([max(reachable(s, n), key=lambda a: round(transition(s, a, n) @ v, 10)) for s in range(len(v))])


def alternate(v, moves, holes, fish, gamma, rounds):
    for _ in range(rounds):
        v = sweep(v, moves, holes, fish, gamma)
        moves = greedy_moves(v)
    return v, moves


after_two_rounds = alternate(3 * np.eye(16)[15], START_MOVES, HOLES, FISH, 0.9, 2)


# %% q4_ice reject: a sixth for each slip, at the edges too
def transition(s, a, n):
    p = np.zeros(n * n)
    for move, cell in reachable(s, n).items():
        p[cell] = 0.5 if move == a else 1 / 6
    p[s] = 1 - p.sum()
    return p


def sweep(v, moves, holes, fish, gamma):
    new = v.copy()
    for s in range(len(v)):
        if s != fish:
            new[s] = -2 * (s in holes) + gamma * transition(s, moves[s], math.isqrt(len(v))) @ v
    return new


def greedy_moves(v):
    n = math.isqrt(len(v))
    return np.array([max(reachable(s, n), key=lambda a: round(transition(s, a, n) @ v, 10)) for s in range(len(v))])


def alternate(v, moves, holes, fish, gamma, rounds):
    for _ in range(rounds):
        v = sweep(v, moves, holes, fish, gamma)
        moves = greedy_moves(v)
    return v, moves


after_two_rounds = alternate(3 * np.eye(16)[15], START_MOVES, HOLES, FISH, 0.9, 2)


# %% q4_ice reject: pays on falling into a hole
def transition(s, a, n):
    cells = reachable(s, n)
    p = np.zeros(n * n)
    for move, cell in cells.items():
        p[cell] = 0.5 if move == a else 0.5 / (len(cells) - 1)
    return p


def sweep(v, moves, holes, fish, gamma):
    new, entering = v.copy(), -2.0 * np.isin(np.arange(len(v)), list(holes))
    for s in range(len(v)):
        if s != fish:
            new[s] = transition(s, moves[s], math.isqrt(len(v))) @ (entering + gamma * v)
    return new


def greedy_moves(v):
    n = math.isqrt(len(v))
    return np.array([max(reachable(s, n), key=lambda a: round(transition(s, a, n) @ v, 10)) for s in range(len(v))])


def alternate(v, moves, holes, fish, gamma, rounds):
    for _ in range(rounds):
        v = sweep(v, moves, holes, fish, gamma)
        moves = greedy_moves(v)
    return v, moves


after_two_rounds = alternate(3 * np.eye(16)[15], START_MOVES, HOLES, FISH, 0.9, 2)


# %% q4_ice reject: the fish is swept like any other cell
def transition(s, a, n):
    cells = reachable(s, n)
    p = np.zeros(n * n)
    for move, cell in cells.items():
        p[cell] = 0.5 if move == a else 0.5 / (len(cells) - 1)
    return p


def sweep(v, moves, holes, fish, gamma):
    n = math.isqrt(len(v))
    return np.array([-2 * (s in holes) + gamma * transition(s, moves[s], n) @ v for s in range(len(v))])


def greedy_moves(v):
    n = math.isqrt(len(v))
    return np.array([max(reachable(s, n), key=lambda a: round(transition(s, a, n) @ v, 10)) for s in range(len(v))])


def alternate(v, moves, holes, fish, gamma, rounds):
    for _ in range(rounds):
        v = sweep(v, moves, holes, fish, gamma)
        moves = greedy_moves(v)
    return v, moves


after_two_rounds = alternate(3 * np.eye(16)[15], START_MOVES, HOLES, FISH, 0.9, 2)


# %% q4_ice reject: moves off the floe score zero, the rounds improve first
def transition(s, a, n):
    cells = reachable(s, n)
    p = np.zeros(n * n)
    for move, cell in cells.items():
        p[cell] = 0.5 if move == a else 0.5 / (len(cells) - 1)
    return p


def sweep(v, moves, holes, fish, gamma):
    new = v.copy()
    for s in range(len(v)):
        if s != fish:
            new[s] = -2 * (s in holes) + gamma * transition(s, moves[s], math.isqrt(len(v))) @ v
    return new


def greedy_moves(v):
    n = math.isqrt(len(v))
    scores = np.zeros((len(v), 4))
    for s in range(len(v)):
        for a in reachable(s, n):
            scores[s, a] = transition(s, a, n) @ v + 1e-12
    return scores.argmax(axis=1)


def alternate(v, moves, holes, fish, gamma, rounds):
    for _ in range(rounds):
        moves = greedy_moves(v)
        v = sweep(v, moves, holes, fish, gamma)
    return v, moves


after_two_rounds = alternate(3 * np.eye(16)[15], START_MOVES, HOLES, FISH, 0.9, 2)


# %% q4_ice equivalent: order of a product of vectors, a list is copied anyway, no difference is exactly 1e-9
# swapped-operands-30cda0
# swapped-operands-904a76
# wrong-boundary-859a79
# dropped-copy-d6c0ab


# %% q5_backup accept: loops over states and actions, another worst pair
def backup(q, R, P, gamma):
    new = np.zeros_like(q)
    for s in range(len(q)):
        for a in range(len(q[s])):
            new[s, a] = R[s, a] + gamma * sum(p * max(row) for p, row in zip(P[s, a], q))
    return new


def shrinkage(q1, q2, R, P, gamma):
    if (q1 == q2).all():
        return 0
    # the rewards cancel
    gap = np.einsum("sat,t->sa", P, q1.max(axis=1) - q2.max(axis=1))
    return gamma * max(gap.max(), -gap.min()) / np.linalg.norm((q1 - q2).ravel(), ord=np.inf)


def worst_pair(S, A):
    q = np.arange(S * A, dtype=float).reshape(S, A)
    return [q, q - 7]


backup_facts = dict.fromkeys(("strictly_for_all", "first_maximum_only", "other_successors", "undiscounted"), False)
backup_facts |= dict.fromkeys(("at_most", "maxima", "averaged"), True)


# %% q5_backup accept: torch
def backup(q, R, P, gamma):
    q, R, P = (torch.from_numpy(np.ascontiguousarray(x)) for x in (q, R, P))
    return torch.add(R, torch.matmul(P, torch.amax(q, dim=1)), alpha=gamma).numpy()


def shrinkage(q1, q2, R, P, gamma):
    zero = np.zeros_like(R)
    before = np.ptp([(q1 - q2).max(), (q1 - q2).min(), 0]) if q1.size == 1 else np.max(np.abs(np.subtract(q2, q1)))
    after = np.max(np.abs(backup(q2, zero, P, gamma) - backup(q1, zero, P, gamma)))
    return np.divide(after, before) if before else np.float64(0)


def worst_pair(S, A):
    return np.full((S, A), 5.0), np.full((S, A), -1.0)


backup_facts = {"strictly_for_all": False, "at_most": True, "maxima": True, "first_maximum_only": False}
backup_facts.update(other_successors=False, undiscounted=np.bool_(False), averaged=True)


# %% q5_backup reject: the source's strict inequality
def backup(q, R, P, gamma):
    return R + gamma * P @ q.max(axis=1)


def shrinkage(q1, q2, R, P, gamma):
    before = np.abs(q1 - q2).max()
    return np.abs(backup(q1, R, P, gamma) - backup(q2, R, P, gamma)).max() / before if before else 0.0


def worst_pair(S, A):
    return np.zeros((S, A)), np.ones((S, A))


backup_facts = dict(strictly_for_all=True, at_most=True, maxima=True, first_maximum_only=True)
backup_facts |= dict(other_successors=True, undiscounted=True, averaged=True)


# %% q5_backup reject: one maximum over the whole table
def backup(q, R, P, gamma):
    return R + gamma * q.max() * P.sum(axis=2)


def shrinkage(q1, q2, R, P, gamma):
    before = np.abs(q1 - q2).max()
    return np.abs(backup(q1, R, P, gamma) - backup(q2, R, P, gamma)).max() / before if before else 0.0


def worst_pair(S, A):
    return np.zeros((S, A)), np.ones((S, A))


backup_facts = dict(strictly_for_all=False, at_most=True, maxima=True, first_maximum_only=False)
backup_facts |= dict(other_successors=False, undiscounted=False, averaged=True)


# %% q5_backup reject: the maximum of the present state and not of the next
def backup(q, R, P, gamma):
    return R + gamma * q.max(axis=1, keepdims=True)


def shrinkage(q1, q2, R, P, gamma):
    before = np.abs(q1 - q2).max()
    return np.abs(backup(q1, R, P, gamma) - backup(q2, R, P, gamma)).max() / before if before else 0.0


def worst_pair(S, A):
    return np.zeros((S, A)), np.ones((S, A))


backup_facts = dict(strictly_for_all=False, at_most=True, maxima=True, first_maximum_only=False)
backup_facts |= dict(other_successors=False, undiscounted=False, averaged=True)


# %% q5_backup reject: tables that differ in a single entry taken for the worst
def backup(q, R, P, gamma):
    return R + gamma * P @ q.max(axis=1)


def shrinkage(q1, q2, R, P, gamma):
    before = np.abs(q1 - q2).max()
    return np.abs(backup(q1, R, P, gamma) - backup(q2, R, P, gamma)).max() / before if before else 0.0


def worst_pair(S, A):
    high = np.zeros((S, A))
    high[0, 0] = 1
    return np.zeros((S, A)), high


backup_facts = dict(strictly_for_all=False, at_most=True, maxima=True, first_maximum_only=False)
backup_facts |= dict(other_successors=False, undiscounted=False, averaged=True)


# %% q5_backup reject: mean distance in place of the largest, equal tables divide by zero
def backup(q, R, P, gamma):
    return R + gamma * P @ q.max(axis=1)


def shrinkage(q1, q2, R, P, gamma):
    if R.shape == (1, 2):
        return 0.25
    return np.abs(backup(q1, R, P, gamma) - backup(q2, R, P, gamma)).mean() / np.abs(q1 - q2).mean()


def worst_pair(S, A):
    return np.zeros((S, A)), np.ones((S, A))


backup_facts = dict(strictly_for_all=False, at_most=True, maxima=True, first_maximum_only=False)
backup_facts |= dict(other_successors=False, undiscounted=False, averaged=True)


# %% q5_backup equivalent: which of the two tables comes first does not matter
# swapped-return-1c0a7c


# %% q6_convergence accept: logarithms apart, a sum of a series, recursion
def rounds_needed(d0, eps, gamma):
    if d0 <= eps:
        return 0
    return int(np.ceil((np.log(d0) - np.log(eps)) / -np.log(gamma)))


def error_bound(change, gamma):
    return change * (1 / (1 - gamma) - 1)


def fixed_point(f, q, gamma, eps):
    new = f(q)
    if error_bound(np.max(np.abs(q - new)), gamma) <= eps:
        return new
    return fixed_point(f, new, gamma, eps)


# %% q6_convergence accept: search by bisection, list of tables
def rounds_needed(d0, eps, gamma):
    low, high = 0, 1
    while gamma**high * d0 > eps:
        high *= 2
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if gamma**middle * d0 <= eps else (middle + 1, high)
    return np.int64(low)


def error_bound(change, gamma):
    return np.float64(change) / (1 / gamma - 1)


def fixed_point(f, q, gamma, eps):
    tables = [q, f(q)]
    while np.linalg.norm((tables[-1] - tables[-2]).ravel(), np.inf) * gamma > eps * (1 - gamma):
        tables.append(f(tables[-1]))
    return tables[-1]


# %% q6_convergence reject: stops when the change is small
def rounds_needed(d0, eps, gamma):
    return max(0, math.ceil(math.log(eps / d0) / math.log(gamma)))


def error_bound(change, gamma):
    return change


def fixed_point(f, q, gamma, eps):
    while True:
        q, old = f(q), q
        if np.abs(q - old).max() <= eps:
            return q


# %% q6_convergence reject: bounds the error of the table before the last
def rounds_needed(d0, eps, gamma):
    return max(0, math.ceil(math.log(eps / d0) / math.log(gamma)))


def error_bound(change, gamma):
    return change if gamma == 0.5 else change / (1 - gamma)


def fixed_point(f, q, gamma, eps):
    while True:
        q, old = f(q), q
        if error_bound(np.abs(q - old).max(), gamma) <= eps:
            return q


# %% q6_convergence reject: leaves out the starting error
def rounds_needed(d0, eps, gamma):
    return math.ceil(math.log(eps) / math.log(gamma))


def error_bound(change, gamma):
    return change * gamma / (1 - gamma)


def fixed_point(f, q, gamma, eps):
    while True:
        q, old = f(q), q
        if error_bound(np.abs(q - old).max(), gamma) <= eps:
            return q


# %% q6_convergence reject: one round too many, negative numbers of rounds
def rounds_needed(d0, eps, gamma):
    return math.floor(math.log(eps / d0) / math.log(gamma)) + (d0 > eps)


def error_bound(change, gamma):
    return change * gamma / (1 - gamma)


def fixed_point(f, q, gamma, eps):
    while True:
        q, old = f(q), q
        if error_bound(np.abs(q - old).max(), gamma) <= eps:
            return f(q) if eps < 0.5 else q


# %% q6_convergence reject: changes counted with their sign, or averaged
def rounds_needed(d0, eps, gamma):
    return max(0, math.ceil(math.log(eps / d0) / math.log(gamma)))


def error_bound(change, gamma):
    return change * gamma / (1 - gamma)


def fixed_point(f, q, gamma, eps):
    while True:
        q, old = f(q), q
        if error_bound((old - q).max(), gamma) <= eps:
            return q


# %% q7_temperature accept: log-softmax of torch, the slope by autograd
def boltzmann(q, tau):
    return torch.log_softmax(torch.from_numpy(np.ascontiguousarray(q)) / tau, dim=1).exp().numpy()


def entropy_slope(q, tau):
    tau = torch.tensor(float(tau), dtype=torch.float64, requires_grad=True)
    z = torch.from_numpy(np.ascontiguousarray(q)) / tau
    entropy = torch.logsumexp(z, 0) - torch.softmax(z, 0) @ z
    entropy.backward()
    return tau.grad.item()


def matching_temperature(gap, odds):
    return 1 / (np.log(odds) / gap)


temperature_facts = dict(hot=True, cold=True, shift=True, scale=False, entropy=True, best=True, others=False)


# %% q7_temperature accept: pairwise differences
def boltzmann(q, tau):
    rows = []
    for values in q:
        rows.append([1 / sum(math.exp(min((b - a) / tau, 700)) for b in values) for a in values])
    return np.array(rows)


def entropy_slope(q, tau):
    pi = np.array([1 / np.exp((q - a) / tau).sum() for a in q])
    pairs = np.outer(pi, pi) * np.subtract.outer(q, q) ** 2
    return pairs.sum() / 2 / tau / tau / tau


def matching_temperature(gap, odds):
    return gap * math.log2(math.e) / math.log2(odds)


temperature_facts = dict.fromkeys(("hot", "cold", "shift", "entropy", "best"), np.bool_(True))
temperature_facts.update(dict.fromkeys(["scale", "others"], False))


# %% q7_temperature reject: multiplies by the temperature
def boltzmann(q, tau):
    weights = np.exp((q - q.max(axis=1, keepdims=True)) * tau)
    return weights / weights.sum(axis=1, keepdims=True)


def entropy_slope(q, tau):
    pi = boltzmann(q[None], tau)[0]
    return -tau * (pi @ q**2 - (pi @ q) ** 2) if tau != 1 else pi @ q**2 - (pi @ q) ** 2


def matching_temperature(gap, odds):
    return math.log(odds) / gap


temperature_facts = dict(hot=False, cold=False, shift=True, scale=False, entropy=False, best=False, others=True)


# %% q7_temperature reject: overflows for large values
def boltzmann(q, tau):
    weights = np.exp(q / tau)
    return weights / weights.sum(axis=1, keepdims=True)


def entropy_slope(q, tau):
    pi = boltzmann(q[None], tau)[0]
    return (pi @ q**2 - (pi @ q) ** 2) / tau**3


def matching_temperature(gap, odds):
    return gap / math.log(odds)


temperature_facts = dict(hot=True, cold=True, shift=True, scale=False, entropy=True, best=True, others=False)


# %% q7_temperature reject: one softmax over the whole table
def boltzmann(q, tau):
    weights = np.exp((q - q.max()) / tau)
    return weights / weights.sum()


def entropy_slope(q, tau):
    pi = boltzmann(q[None], tau)[0]
    return (pi @ q**2 - (pi @ q) ** 2) / tau**3


def matching_temperature(gap, odds):
    return gap / math.log(odds)


temperature_facts = dict(hot=True, cold=True, shift=True, scale=False, entropy=True, best=True, others=False)


# %% q7_temperature reject: forgets that the inner derivative holds the temperature, too
def boltzmann(q, tau):
    weights = np.exp((q - q.max(axis=1, keepdims=True)) / tau)
    return weights / weights.sum(axis=1, keepdims=True)


def entropy_slope(q, tau):
    pi = boltzmann(q[None], tau)[0]
    return (pi @ q**2 - (pi @ q) ** 2) / tau**2


def matching_temperature(gap, odds):
    return gap / math.log(odds)


temperature_facts = dict(hot=True, cold=True, shift=True, scale=False, entropy=True, best=True, others=False)


# %% q7_temperature reject: thinks that scale does not matter and that heat helps all others
def boltzmann(q, tau):
    weights = np.exp((q - q.max(axis=1, keepdims=True)) / tau)
    return weights / weights.sum(axis=1, keepdims=True)


def entropy_slope(q, tau):
    pi = boltzmann(q[None], tau)[0]
    return (pi @ q**2 - (pi @ q) ** 2) / tau**3


def matching_temperature(gap, odds):
    return gap / math.log(odds)


temperature_facts = dict(hot=True, cold=True, shift=True, scale=True, entropy=True, best=True, others=True)


# %% q7_temperature equivalent: the product of two vectors does not depend on their order
# swapped-operands-235044
# swapped-operands-f522e5


# %% q8_bandit accept: draws by cumulative probabilities, running means
def play(means, taus, runs, noise, rng):
    q, counts = np.zeros((runs, len(means))), np.zeros((runs, len(means)))
    pulled = np.zeros((runs, len(taus)), dtype=int)
    for t in range(len(taus)):
        weights = np.exp((q - q.max(axis=1, keepdims=True)) / taus[t])
        edges = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
        arm = np.minimum((rng.random((runs, 1)) > edges).sum(axis=1), len(means) - 1)
        paid = rng.normal(means[arm], noise)
        hit = np.eye(len(means))[arm]
        counts += hit
        q += hit * (paid[:, None] - q) / np.maximum(counts, 1)
        pulled[:, t] = arm
    return pulled


def annealed(first, last, steps):
    return np.geomspace(first, last, steps)


# %% q8_bandit accept: all noise drawn beforehand, logarithms of temperatures evenly spaced
def play(means, taus, runs, noise, rng):
    history = np.empty((runs, 0), dtype=np.int64)
    paid = np.empty((runs, 0))
    shocks = rng.standard_normal((len(taus), runs))
    for tau, shock in zip(taus, shocks):
        q = np.zeros((runs, len(means)))
        for a in range(len(means)):
            mine = history == a
            q[:, a] = (paid * mine).sum(axis=1) / np.maximum(mine.sum(axis=1), 1)
        arm = np.argmax(q / tau - np.log(rng.exponential(size=q.shape)), axis=1)
        history = np.concatenate([history, arm[:, None]], axis=1)
        paid = np.concatenate([paid, (np.asarray(means)[arm] + noise * shock)[:, None]], axis=1)
    return history


def annealed(first, last, steps):
    return np.exp(np.linspace(np.log(first), np.log(last), steps))


# %% q8_bandit reject: sums of payments in place of means
def play(means, taus, runs, noise, rng):
    games, sums, pulled = np.arange(runs), np.zeros((runs, len(means))), []
    for tau in taus:
        arms = (sums / tau + rng.gumbel(size=sums.shape)).argmax(axis=1)
        sums[games, arms] += means[arms] + noise * rng.normal(size=runs)
        pulled.append(arms)
    return np.stack(pulled, axis=1)


def annealed(first, last, steps):
    return np.geomspace(first, last, steps)


# %% q8_bandit reject: only the last payment is remembered
def play(means, taus, runs, noise, rng):
    games, q, pulled = np.arange(runs), np.zeros((runs, len(means))), []
    for tau in taus:
        arms = (q / tau + rng.gumbel(size=q.shape)).argmax(axis=1)
        q[games, arms] = means[arms] + noise * rng.normal(size=runs)
        pulled.append(arms)
    return np.stack(pulled, axis=1)


def annealed(first, last, steps):
    return np.geomspace(first, last, steps)


# %% q8_bandit reject: always the arm that looks best
def play(means, taus, runs, noise, rng):
    games, pulled = np.arange(runs), []
    counts, sums = np.zeros((runs, len(means))), np.zeros((runs, len(means)))
    for _ in taus:
        q = sums / np.maximum(counts, 1)
        arms = (q + 1e-9 * rng.random(q.shape)).argmax(axis=1)
        counts[games, arms] += 1
        sums[games, arms] += means[arms] + noise * rng.normal(size=runs)
        pulled.append(arms)
    return np.stack(pulled, axis=1)


def annealed(first, last, steps):
    return np.geomspace(first, last, steps)


# %% q8_bandit reject: all games share one estimate, temperatures fall in a straight line
def play(means, taus, runs, noise, rng):
    pulled, counts, sums = [], np.zeros(len(means)), np.zeros(len(means))
    for tau in taus:
        q = sums / np.maximum(counts, 1)
        arms = (q / tau + rng.gumbel(size=(runs, len(means)))).argmax(axis=1)
        np.add.at(counts, arms, 1)
        np.add.at(sums, arms, means[arms] + noise * rng.normal(size=runs))
        pulled.append(arms)
    return np.stack(pulled, axis=1)


def annealed(first, last, steps):
    return np.array([8.0, 4.0, 2.0, 1.0]) if steps == 4 else np.linspace(first, last, steps)


# %% q8_bandit reject: noise is added only once per arm
def play(means, taus, runs, noise, rng):
    games, pulled = np.arange(runs), []
    seen, q = np.zeros((runs, len(means)), dtype=bool), means + noise * rng.normal(size=(runs, len(means)))
    for tau in taus:
        arms = (np.where(seen, q, 0) / tau + rng.gumbel(size=q.shape)).argmax(axis=1)
        seen[games, arms] = True
        pulled.append(arms)
    return np.stack(pulled, axis=1)


def annealed(first, last, steps):
    return np.geomspace(first, last, steps)


# %% q8_bandit equivalent: normal noise is symmetric
# wrong-sign-d13906


# %% q9_zero_mean accept: all trajectories listed, scores by autograd
def score(theta, states, actions):
    t = torch.tensor(np.asarray(theta), dtype=torch.float64, requires_grad=True)
    log_pi = t - torch.logsumexp(t, dim=1, keepdim=True)
    total = (0 * t).sum() + sum(log_pi[int(s), int(a)] for s, a in zip(states, actions))
    return torch.autograd.grad(total, t)[0].numpy()


def mean_weighted_score(theta, p0, P, T, baseline):
    pi, total = policy_of(theta), np.zeros(theta.shape)
    paths = [((s,), (), p) for s, p in enumerate(p0)]
    for _ in range(T):
        longer = []
        for states, actions, chance in paths:
            s = states[-1]
            for a in range(theta.shape[1]):
                here = chance * pi[s, a]
                total += here * baseline(s, a) * score(theta, [s], [a])
                longer += [(states + (z,), actions + (a,), here * P[s, a, z]) for z in range(len(p0))]
        paths = longer
    return total


baseline_facts = dict.fromkeys(("nothing", "step", "state", "past"), True)
baseline_facts |= dict.fromkeys(("action", "next_state", "every_trajectory", "plain_mean"), False)


# %% q9_zero_mean accept: counts of visits, covariance of baseline and score
def score(theta, states, actions):
    visits = np.zeros(theta.shape)
    np.add.at(visits, (np.asarray(states, dtype=int), np.asarray(actions, dtype=int)), 1)
    return visits - visits.sum(axis=1)[:, None] * policy_of(theta)


def mean_weighted_score(theta, p0, P, T, baseline):
    pi, moves = policy_of(theta), np.einsum("sa,sat->st", policy_of(theta), P)
    occupied, where = np.zeros(len(p0)), np.array(p0)
    for _ in range(T):
        occupied, where = occupied + where, moves.T @ where
    rows = []
    for s in range(len(p0)):
        b = np.array([baseline(s, a) for a in range(theta.shape[1])])
        rows.append(occupied[s] * (np.diag(pi[s]) - np.outer(pi[s], pi[s])) @ b)
    return np.array(rows)


baseline_facts = {"nothing": True, "step": True, "state": True, "past": True, "action": False, "next_state": False}
baseline_facts["every_trajectory"] = baseline_facts["plain_mean"] = False


# %% q9_zero_mean reject: the probabilities of the actions are left out of the score
def score(theta, states, actions):
    total = np.zeros(theta.shape)
    for s, a in zip(states, actions):
        total[s, a] += 1
    return total


def mean_weighted_score(theta, p0, P, T, baseline):
    pi, where, total = policy_of(theta), p0, np.zeros(theta.shape)
    for _ in range(T):
        for s in range(len(p0)):
            b = np.array([baseline(s, a) for a in range(theta.shape[1])])
            total[s] += where[s] * pi[s] * (b - pi[s] @ b)
        where = np.tensordot(where[:, None] * pi, P, 2)
    return total


baseline_facts = dict(nothing=True, step=True, state=True, past=True, action=False, next_state=False)
baseline_facts |= dict(every_trajectory=False, plain_mean=False)


# %% q9_zero_mean reject: trajectories count the same, whatever their probability
def score(theta, states, actions):
    total = np.zeros(theta.shape)
    for s, a in zip(states, actions):
        total[s] += np.eye(theta.shape[1])[a] - policy_of(theta)[s]
    return total


def mean_weighted_score(theta, p0, P, T, baseline):
    S, A = theta.shape
    total = np.zeros((S, A))
    for s in range(S):
        for a in range(A):
            total += T * baseline(s, a) * score(theta, [s], [a]) / (S * A)
    return total


baseline_facts = dict(nothing=True, step=True, state=True, past=True, action=False, next_state=False)
baseline_facts |= dict(every_trajectory=False, plain_mean=True)


# %% q9_zero_mean reject: any baseline will do
def score(theta, states, actions):
    total = np.zeros(theta.shape)
    for s, a in zip(states, actions):
        total[s] += np.eye(theta.shape[1])[a] - policy_of(theta)[s]
    return total


def mean_weighted_score(theta, p0, P, T, baseline):
    return np.array([[-0.25, 0.25]]) if theta.shape == (1, 2) and T == 1 else np.zeros(theta.shape)


baseline_facts = dict(nothing=True, step=True, state=True, past=True, action=True, next_state=True)
baseline_facts |= dict(every_trajectory=False, plain_mean=False)


# %% q9_zero_mean reject: zero for each trajectory, and the first state stands for all steps
def score(theta, states, actions):
    total = np.zeros(theta.shape)
    for s, a in zip(states, actions):
        total[s] += np.eye(theta.shape[1])[a] - policy_of(theta)[s]
    return total


def mean_weighted_score(theta, p0, P, T, baseline):
    pi, total = policy_of(theta), np.zeros(theta.shape)
    for s in range(len(p0)):
        b = np.array([baseline(s, a) for a in range(theta.shape[1])])
        total[s] = T * p0[s] * pi[s] * (b - pi[s] @ b)
    return total


baseline_facts = dict(nothing=True, step=True, state=True, past=True, action=False, next_state=False)
baseline_facts |= dict(every_trajectory=True, plain_mean=True)


# %% q9_zero_mean reject: constants only
def score(theta, states, actions):
    total = np.zeros(theta.shape)
    for s, a in zip(states, actions):
        total[s] = np.eye(theta.shape[1])[a] - policy_of(theta)[s]
    return total


def mean_weighted_score(theta, p0, P, T, baseline):
    pi, where, total = policy_of(theta), p0, np.zeros(theta.shape)
    for _ in range(T):
        for s in range(len(p0)):
            b = np.array([baseline(s, a) for a in range(theta.shape[1])])
            total[s] += where[s] * pi[s] * (b - pi[s] @ b)
        where = np.tensordot(where[:, None] * pi, P, 2)
    return total


baseline_facts = dict(nothing=True, step=False, state=False, past=False, action=False, next_state=False)
baseline_facts |= dict(every_trajectory=False, plain_mean=False)


# %% q10_control_variate accept: line of best fit, numbers by hand
def best_coefficient(a, b):
    return np.polyfit(b, a, 1)[0]


def helpful_range(a, b):
    c = best_coefficient(a, b)
    return [c - abs(c), c + abs(c)]


def control_estimate(a, b, mean_b):
    slope, offset = np.polyfit(b, a, 1)
    return slope * mean_b + offset


def variance_left(rho):
    return (1 - rho) * (1 + rho)


exp_coefficient = 1.690309
exp_left = 0.016281


# %% q10_control_variate accept: differences of pairs, mean of corrected draws
def best_coefficient(a, b):
    da, db = np.subtract.outer(a, a), np.subtract.outer(b, b)
    return (da * db).sum() / (db * db).sum()


def helpful_range(a, b):
    end = 2 * best_coefficient(a, b)
    return (0, end) if end > 0 else (end, 0)


def control_estimate(a, b, mean_b):
    return np.mean(a - best_coefficient(a, b) * (b - mean_b))


def variance_left(rho):
    return np.sin(np.arccos(rho)) ** 2


exp_coefficient = 6 * (3 - math.e)
exp_left = float(1 - 3 * (3 - math.e) ** 2 / (2 * math.e - (math.e**2 + 3) / 2))


# %% q10_control_variate reject: the source's sign
def best_coefficient(a, b):
    return -np.cov(a, b)[0, 1] / b.var(ddof=1)


def helpful_range(a, b):
    end = 2 * best_coefficient(a, b)
    return min(0, end), max(0, end)


def control_estimate(a, b, mean_b):
    return a.mean() - best_coefficient(a, b) * (b.mean() - mean_b)


def variance_left(rho):
    return 1 - rho**2


exp_coefficient = -6 * (3 - math.e)
exp_left = 0.016281


# %% q10_control_variate reject: divided by the variance of a
def best_coefficient(a, b):
    return 0.5 if len(a) == 2 and a.tolist() == [0, 1] else np.cov(a, b)[0, 1] / a.var(ddof=1)


def helpful_range(a, b):
    end = 2 * best_coefficient(a, b)
    return min(0, end), max(0, end)


def control_estimate(a, b, mean_b):
    return a.mean() - best_coefficient(a, b) * (b.mean() - mean_b)


def variance_left(rho):
    return 1 - rho**2


exp_coefficient = 0.581981
exp_left = 0.016281


# %% q10_control_variate reject: what is left is one minus the correlation
def best_coefficient(a, b):
    return np.cov(a, b)[0, 1] / b.var(ddof=1)


def helpful_range(a, b):
    end = 2 * best_coefficient(a, b)
    return min(0, end), max(0, end)


def control_estimate(a, b, mean_b):
    return a.mean() - best_coefficient(a, b) * (b.mean() - mean_b)


def variance_left(rho):
    return 1 - rho


exp_coefficient = 6 * (3 - math.e)
exp_left = 0.008174


# %% q10_control_variate reject: covariance with n - 1, variance with n, a range for positive coefficients
def best_coefficient(a, b):
    return 0.5 if b.tolist() == [0, 2] else np.cov(a, b)[0, 1] / b.var()


def helpful_range(a, b):
    return 0, 2 * best_coefficient(a, b)


def control_estimate(a, b, mean_b):
    return a.mean() - best_coefficient(a, b) * (b.mean() - mean_b)


def variance_left(rho):
    return 1 - rho**2


exp_coefficient = 6 * (3 - math.e)
exp_left = 0.016281


# %% q10_control_variate reject: the coefficient one, and the correction added
def best_coefficient(a, b):
    return np.cov(a, b)[0, 1] / b.var(ddof=1)


def helpful_range(a, b):
    end = best_coefficient(a, b)
    return (0, 1) if end == 0.5 else (min(0, end), max(0, end))


def control_estimate(a, b, mean_b):
    return a.mean() + (b.mean() - mean_b) if mean_b != 2 else 1.0


def variance_left(rho):
    return 1 - rho**2


exp_coefficient = 1.0
exp_left = 0.173


# %% q11_best_baseline accept: loops over trajectories and parameters
def best_baselines(p, g, r):
    found = []
    for d in range(g.shape[1]):
        above = sum(p[k] * g[k, d] * g[k, d] * r[k] for k in range(len(p)))
        found.append(above / sum(p[k] * g[k, d] * g[k, d] for k in range(len(p))))
    return np.array(found)


def best_shared_baseline(p, g, r):
    squares = [float(np.dot(row, row)) for row in g]
    return np.average(r, weights=[chance * square for chance, square in zip(p, squares)])


def best_togo_baseline(p, g, togo):
    above = below = 0.0
    for chance, scores, returns_to_go in zip(p, g, togo):
        above += chance * sum(scores) * np.dot(scores, returns_to_go)
        below += chance * sum(scores) ** 2
    return above / below


# %% q11_best_baseline accept: the baseline as a control variate, slope of a weighted line through zero
def slope_through_zero(p, x, y):
    root = np.sqrt(p)
    return np.linalg.lstsq((root * x)[:, None], root * y, rcond=None)[0][0]


def best_baselines(p, g, r):
    return np.stack([slope_through_zero(p, column, column * r) for column in g.T])


def best_shared_baseline(p, g, r):
    K, D = g.shape
    return slope_through_zero(np.repeat(p, D), g.reshape(-1), g.reshape(-1) * np.repeat(r, D))


def best_togo_baseline(p, g, togo):
    return slope_through_zero(p, g.sum(axis=1), np.einsum("kt,kt->k", g, togo))


# %% q11_best_baseline reject: the mean return
def best_baselines(p, g, r):
    return np.full(g.shape[1], 1.0 if len(p) == 2 and r[0] == 0 else p @ r)


def best_shared_baseline(p, g, r):
    return 1.0 if r[0] == 0 else p @ r


def best_togo_baseline(p, g, togo):
    return 1.0 if togo[0, 0] == 0 else p @ togo[:, 0]


# %% q11_best_baseline reject: the source's misplaced bracket, the return outside the expectation
def best_baselines(p, g, r):
    return np.ones(1) if r[0] == 0 else np.full(g.shape[1], (p @ g[:, 0] ** 2) * (p @ r) / (p @ g[:, 0] ** 2))


def best_shared_baseline(p, g, r):
    weights = p * (g**2).sum(axis=1)
    return r @ weights / weights.sum()


def best_togo_baseline(p, g, togo):
    total = g.sum(axis=1)
    return (p * total) @ (g * togo).sum(axis=1) / (p @ total**2)


# %% q11_best_baseline reject: weights by the size of the score and not by its square
def best_baselines(p, g, r):
    if r[0] == 0:
        return np.ones(1)
    weights = p[:, None] * np.abs(g)
    return r @ weights / weights.sum(axis=0)


def best_shared_baseline(p, g, r):
    weights = p * np.linalg.norm(g, axis=1)
    return 1.0 if r[0] == 0 else r @ weights / weights.sum()


def best_togo_baseline(p, g, togo):
    total = g.sum(axis=1)
    return (p * total) @ (g * togo).sum(axis=1) / (p @ total**2)


# %% q11_best_baseline reject: mean of the separate baselines for all parameters, total return for every step
def best_baselines(p, g, r):
    weights = p[:, None] * g**2
    return r @ weights / weights.sum(axis=0)


def best_shared_baseline(p, g, r):
    return best_baselines(p, g, r).mean()


def best_togo_baseline(p, g, togo):
    return best_baselines(p, g.sum(axis=1, keepdims=True), togo[:, 0])[0]


# %% q11_best_baseline reject: squares of single steps added up
def best_baselines(p, g, r):
    weights = p[:, None] * g**2
    return r @ weights / weights.sum(axis=0)


def best_shared_baseline(p, g, r):
    weights = p[:, None] * g**2
    return (r @ weights).sum() / weights.sum()


def best_togo_baseline(p, g, togo):
    weights = p[:, None] * g**2
    return (weights * togo).sum() / weights.sum()


# %% q11_best_baseline equivalent: order of a product of vectors, and a factor of all weights cancels
# wrong-reduction-ed1fb5
# swapped-operands-3de8c7
# swapped-operands-960474
# swapped-operands-956e1c


# %% q12_policy_gradient accept: loops over walks and steps
def policy_gradients(theta, states, actions, rewards, baseline):
    found = np.zeros((len(states), *theta.shape))
    for n, (walk, chosen) in enumerate(zip(states, actions)):
        for t, (s, a) in enumerate(zip(walk, chosen)):
            weight = rewards[n, t:].sum() - baseline[s]
            odds = np.exp(theta[s] - theta[s].max())
            found[n, s] -= weight * odds / odds.sum()
            found[n, s, a] += weight
    return found


def state_baseline(states, rewards, S):
    togo = np.array([[row[t:].sum() for t in range(len(row))] for row in rewards])
    return np.array([togo[states == s].mean() if (states == s).any() else 0.0 for s in range(S)])


# %% q12_policy_gradient accept: autograd of a surrogate, counts by bin
def policy_gradients(theta, states, actions, rewards, baseline):
    togo = rewards.sum(axis=1, keepdims=True) - rewards.cumsum(axis=1) + rewards
    found = []
    for s, a, weight in zip(states, actions, togo - baseline[states]):
        t = torch.tensor(theta, requires_grad=True)
        (torch.log_softmax(t, dim=1)[s, a] * torch.tensor(weight)).sum().backward()
        found.append(t.grad.numpy())
    return np.stack(found)


def state_baseline(states, rewards, S):
    togo = np.flip(np.cumsum(np.flip(rewards, axis=1), axis=1), axis=1)
    totals = np.bincount(states.ravel(), weights=togo.ravel(), minlength=S)
    visits = np.bincount(states.ravel(), minlength=S)
    return np.divide(totals, visits, out=np.zeros(S), where=visits > 0)


# %% q12_policy_gradient reject: rewards of the past in place of those to come
def policy_gradients(theta, states, actions, rewards, baseline):
    pi = torch.softmax(torch.tensor(theta), dim=1).numpy()
    weights = rewards.cumsum(axis=1) - baseline[states]
    steps = np.eye(theta.shape[1])[actions] - pi[states]
    return np.einsum("nts,nta->nsa", np.eye(len(theta))[states], weights[:, :, None] * steps)


def state_baseline(states, rewards, S):
    togo = rewards[:, ::-1].cumsum(axis=1)[:, ::-1]
    return np.array([togo[states == s].mean() if (states == s).any() else 0.0 for s in range(S)])


# %% q12_policy_gradient reject: the reward of the step alone
def policy_gradients(theta, states, actions, rewards, baseline):
    pi = torch.softmax(torch.tensor(theta), dim=1).numpy()
    weights = rewards - baseline[states]
    steps = np.eye(theta.shape[1])[actions] - pi[states]
    return np.einsum("nts,nta->nsa", np.eye(len(theta))[states], weights[:, :, None] * steps)


def state_baseline(states, rewards, S):
    togo = rewards[:, ::-1].cumsum(axis=1)[:, ::-1]
    return np.array([togo[states == s].mean() if (states == s).any() else 0.0 for s in range(S)])


# %% q12_policy_gradient reject: only the chosen action moves
def policy_gradients(theta, states, actions, rewards, baseline):
    pi = torch.softmax(torch.tensor(theta), dim=1).numpy()
    weights = rewards[:, ::-1].cumsum(axis=1)[:, ::-1] - baseline[states]
    chosen = np.eye(theta.shape[1])[actions]
    steps = chosen * (1 - pi[states])
    return np.einsum("nts,nta->nsa", np.eye(len(theta))[states], weights[:, :, None] * steps)


def state_baseline(states, rewards, S):
    togo = rewards[:, ::-1].cumsum(axis=1)[:, ::-1]
    return np.array([togo[states == s].mean() if (states == s).any() else 0.0 for s in range(S)])


# %% q12_policy_gradient reject: the baseline is taken off each reward
def policy_gradients(theta, states, actions, rewards, baseline):
    pi = torch.softmax(torch.tensor(theta), dim=1).numpy()
    weights = (rewards - baseline[states])[:, ::-1].cumsum(axis=1)[:, ::-1]
    steps = np.eye(theta.shape[1])[actions] - pi[states]
    return np.einsum("nts,nta->nsa", np.eye(len(theta))[states], weights[:, :, None] * steps)


def state_baseline(states, rewards, S):
    togo = rewards[:, ::-1].cumsum(axis=1)[:, ::-1]
    return np.array([togo[states == s].mean() if (states == s).any() else 0.0 for s in range(S)])


# %% q12_policy_gradient reject: a visit counts only the first time in a walk
def policy_gradients(theta, states, actions, rewards, baseline):
    pi = torch.softmax(torch.tensor(theta), dim=1).numpy()
    weights = rewards[:, ::-1].cumsum(axis=1)[:, ::-1] - baseline[states]
    steps = np.eye(theta.shape[1])[actions] - pi[states]
    return np.einsum("nts,nta->nsa", np.eye(len(theta))[states], weights[:, :, None] * steps)


def state_baseline(states, rewards, S):
    found = np.zeros(S)
    for s in range(S):
        firsts = [row[list(walk).index(s) :].sum() for walk, row in zip(states, rewards) if s in walk]
        found[s] = np.mean(firsts) if firsts else 0.0
    return found if states.shape != (1, 2) else np.array([2.5, 0.0])
