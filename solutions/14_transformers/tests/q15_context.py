from otter.test_files import test_case

OK_FORMAT = False

name = "q15_context"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="With queries 0 both modes give the mean of the values, 2, at each step; influence is a pair of floats; context_facts holds six booleans.")
def test_mean_of_two_states(context, influence, context_facts):
    import torch
    enc, dec, one = (torch.tensor([[[1.0], [3.0]]]), torch.zeros(1, 3, 1), torch.ones(1, 1))
    for mode in ('cross', 'self'):
        got = context(mode, enc, dec, 0 * one, one, one)
        assert got is not None, f'context({mode!r}, ...) returned None: expected a tensor'
        assert got.shape == (1, 3, 1), f'context({mode!r}): expected shape (1, 3, 1), got {tuple(got.shape)}'
        assert torch.allclose(got, torch.full((1, 3, 1), 2.0)), f'context({mode!r}): expected 2, got {got.tolist()}'
        pair = influence(mode, enc, dec, 0 * one, one, one)
        assert pair is not None, f'influence({mode!r}, ...) returned None: expected two floats'
        assert isinstance(pair, (tuple, list)) and len(pair) == 2, 'influence should return two floats'
        assert abs(pair[0] - 1.5) < 1e-05, f'influence({mode!r}) by the encoder: expected 1.5, got {pair[0]}'
        assert pair[1] == 0, f'influence({mode!r}) by the decoder, with queries 0: expected 0, got {pair[1]}'
    assert isinstance(context_facts, dict), 'context_facts should be a dictionary'
    keys = ['cross_asks', 'self_asks', 'cross_same_for_all_steps', 'self_same_for_all_steps']
    for key in keys + ['cross_ignores_order', 'self_ignores_order']:
        assert type(context_facts.get(key)) is bool, f'context_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="In one of the two modes the context is not that of the text. Which states make the queries?")
def test_contexts_by_loops(context):
    import torch
    rng = torch.Generator().manual_seed(1429)
    for batch, t, u, h in ((1, 1, 1, 1), (2, 4, 3, 2), (3, 2, 5, 4)):
        enc, dec = (torch.randn(batch, s, h, generator=rng).double() for s in (t, u))
        wq, wk, wv = torch.randn(3, h, h, generator=rng).double()

        def mean_for(query, states):
            scores = torch.stack([wq @ query @ (wk @ state) for state in states]) / h ** 0.5
            return sum((a * (wv @ state) for a, state in zip(torch.softmax(scores, dim=0), states)))
        cross, own = (context(mode, enc, dec, wq, wk, wv) for mode in ('cross', 'self'))
        assert cross.shape == own.shape == (batch, u, h)
        for b in range(batch):
            shared = sum((mean_for(state, enc[b]) for state in enc[b])) / t
            for step in range(u):
                assert (cross[b, step] - mean_for(dec[b, step], enc[b])).abs().max() < 1e-11
                assert (own[b, step] - shared).abs().max() < 1e-11
    for mode in ('none', 'Cross', None):
        try:
            context(mode, enc, dec, wq, wk, wv)
        except ValueError:
            continue
        raise AssertionError('a mode that does not exist is not refused with ValueError')

@test_case(points=1, hidden=True, 
    failure_message="The influence is not what small changes of the states do to the sum of the context.")
def test_influence_by_differences(influence):
    import torch
    rng = torch.Generator().manual_seed(1430)
    for batch, t, u, h in ((1, 3, 2, 2), (2, 2, 3, 3)):
        enc, dec = (torch.randn(batch, s, h, generator=rng).double() for s in (t, u))
        wq, wk, wv = torch.randn(3, h, h, generator=rng).double()

        def total(mode, enc, dec):
            q = (dec if mode == 'cross' else enc) @ wq.T
            out = torch.nn.functional.scaled_dot_product_attention(q, enc @ wk.T, enc @ wv.T)
            return out.sum() if mode == 'cross' else out.sum() * u / t
        for mode in ('cross', 'self'):
            largest = []
            for moved in (0, 1):
                slopes = []
                for place in range((enc, dec)[moved].numel()):
                    sums = []
                    for sign in (1, -1):
                        states = [enc.clone(), dec.clone()]
                        states[moved].view(-1)[place] += sign * 1e-05
                        sums.append(total(mode, *states).item())
                    slopes.append(abs(sums[0] - sums[1]) / 2e-05)
                largest.append(max(slopes))
            got = influence(mode, enc, dec, wq, wk, wv)
            assert all((abs(a - b) < 1e-06 for a, b in zip(got, largest)))

    def left_alone(influence, enc, dec, *matrices):
        before = (enc.clone(), dec.clone())
        influence('cross', enc, dec, *matrices)
        return not enc.requires_grad and (not dec.requires_grad) and enc.equal(before[0]) and dec.equal(before[1])
    assert inside(left_alone)(influence, enc, dec, wq, wk, wv)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about the two contexts is decided wrongly. Replace the decoder states, and compare.")
def test_context_facts(context_facts):
    import torch
    torch.manual_seed(1431)
    enc, dec, other = (torch.randn(5, 3).double(), torch.randn(4, 3).double(), torch.randn(4, 3).double())
    wq, wk, wv = torch.randn(3, 3, 3).double()
    order = torch.tensor([3, 1, 4, 0, 2])

    def contexts(mode, enc, dec):
        q = (dec if mode == 'cross' else enc) @ wq.T
        mixed = torch.softmax(q @ (enc @ wk.T).T, dim=1) @ (enc @ wv.T)
        return mixed if mode == 'cross' else mixed.mean(0).repeat(len(dec), 1)

    def close(a, b):
        return bool((a - b).abs().max() < 1e-09)
    for mode in ('cross', 'self'):
        c = contexts(mode, enc, dec)
        measured = {f'{mode}_asks': not close(c, contexts(mode, enc, other)), f'{mode}_same_for_all_steps': close(c[:-1], c[1:]), f'{mode}_ignores_order': close(c, contexts(mode, enc[order], dec))}
        for key, holds in measured.items():
            assert context_facts[key] is holds, f'context_facts[{key!r}] is not what an experiment shows'

