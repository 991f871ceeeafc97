from otter.test_files import test_case

OK_FORMAT = False

name = "q13_exact_rnn"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="The network for parity, delta [[0, 1], [1, 0]] from state 0, should go through the states 1, 1, 0 for the bits 1, 0, 1.")
def test_parity(dfa_to_rnn, finite_state):
    import numpy as np
    import torch
    got = dfa_to_rnn(np.array([[0, 1], [1, 0]]), 0)
    assert got is not None, 'dfa_to_rnn(...) returned None: expected (rnn, R, h0)'
    assert isinstance(got, (tuple, list)) and len(got) == 3, 'dfa_to_rnn should return (rnn, R, h0)'
    rnn, R, h0 = got
    assert isinstance(rnn, torch.nn.RNN), 'rnn should be an nn.RNN'
    assert tuple(R.shape) == (2, 5), f'R: expected shape (2, 5), got {tuple(R.shape)}'
    assert tuple(h0.shape) == (1, 1, 5), f'h0: expected shape (1, 1, 5), got {tuple(h0.shape)}'
    bits = torch.tensor([[[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]])
    hidden = rnn(bits, h0)[0].detach()
    assert tuple(hidden.shape) == (1, 3, 5), f'hidden values: expected shape (1, 3, 5), got {tuple(hidden.shape)}'
    states = (hidden[0] @ R.detach().T).argmax(dim=1).tolist()
    assert states == [1, 1, 0], f'parity of 1, 0, 1: expected the states [1, 1, 0], got {states}'
    assert isinstance(finite_state, dict), 'finite_state should be a dictionary'
    keys = ['divisible_by_seven', 'one_in_last_five', 'balanced_brackets', 'nested_to_depth_three']
    for key in [*keys, 'equally_many', 'palindrome']:
        assert isinstance(finite_state.get(key), bool), f'finite_state[{key!r}] should be True or False'

@test_case(points=3, hidden=True, 
    failure_message="For some automaton the network leaves the right states, or its values are not exactly 0 and 1. Look at the start, at a single state, and at long sequences.")
def test_random_automata(dfa_to_rnn):
    import numpy as np
    import torch
    rng = np.random.default_rng(158)
    for S, A, T in ((1, 1, 5), (1, 3, 20), (2, 1, 30), (2, 2, 300), (3, 2, 1), (5, 3, 300), (6, 4, 100), (4, 2, 50)):
        delta, start = (rng.integers(S, size=(S, A)), int(rng.integers(S)))
        rnn, R, h0 = dfa_to_rnn(delta, start)
        assert rnn.nonlinearity == 'relu' and rnn.batch_first is True
        R, h0 = (R.detach(), h0.detach())
        assert R.dtype == torch.float32 and tuple(R.shape) == (S, S * A + 1) and (tuple(h0.shape) == (1, 1, S * A + 1))
        assert (R @ h0[0, 0]).tolist() == [float(s == start) for s in range(S)]
        symbols = rng.integers(A, size=(3, T))
        x = torch.nn.functional.one_hot(torch.tensor(symbols), A).float()
        hidden = rnn(x, h0.expand(1, 3, -1).contiguous())[0].detach()
        for row in range(3):
            state, units, states = (start, [], [])
            for a in symbols[row].tolist():
                units.append(state * A + a)
                state = int(delta[state, a])
                states.append(state)
            assert torch.equal(hidden[row], torch.nn.functional.one_hot(torch.tensor(units), S * A + 1).float())
            assert torch.equal(hidden[row] @ R.T, torch.nn.functional.one_hot(torch.tensor(states), S).float())

@test_case(points=1, hidden=True, 
    failure_message="At least one map is taken for finite that is not, or the other way round. How many different things have to be remembered?")
def test_finite_state(finite_state):
    from itertools import product

    def depths(bits):
        level, levels = (0, [])
        for bit in bits:
            level += 1 if bit == 0 else -1
            levels.append(level)
        return levels or [0]
    nested = lambda bits: min(depths(bits)) >= 0 and depths(bits)[-1] == 0
    maps = {'divisible_by_seven': lambda bits: int('0' + ''.join(map(str, bits)), 2) % 7 == 0, 'one_in_last_five': lambda bits: 1 in bits[-5:], 'balanced_brackets': nested, 'nested_to_depth_three': lambda bits: nested(bits) and max(depths(bits)) <= 3, 'equally_many': lambda bits: 2 * sum(bits) == len(bits), 'palindrome': lambda bits: bits == bits[::-1]}
    words = [word for length in range(7) for word in product((0, 1), repeat=length)]
    for name, answer in maps.items():
        table = {word: tuple((answer(word + more) for more in words)) for word in words}
        kinds = [len({table[word] for word in words if len(word) <= length}) for length in (5, 6)]
        assert finite_state[name] is (kinds[0] == kinds[1])

