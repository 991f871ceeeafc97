from otter.test_files import test_case

OK_FORMAT = False

name = "q11_sentences"
points = 6

@test_case(points=1, hidden=False, 
    failure_message="The small examples of the text do not come out - lengths 1 and 3 in one batch, the sentences 5 and 7 8, and logits of zero.")
def test_two_sentences(bucket_batches, padding_share, pad_batch, masked_ce, sampling_facts):
    import math
    import torch
    got = bucket_batches([1, 9, 1, 9], 2, 0)
    assert got is not None, 'bucket_batches(...) returned None: expected a list of lists'
    groups = sorted((sorted((int(i) for i in batch)) for batch in got))
    assert groups == [[0, 2], [1, 3]], f'lengths 1, 9, 1, 9: expected the batches [0, 2] and [1, 3], got {groups}'
    got = padding_share([[0, 1]], [1, 3])
    assert got is not None, 'padding_share(...) returned None: expected a float'
    assert abs(got - 1 / 3) < 1e-09, f'padding_share: expected 1/3, got {got}'
    got = pad_batch([[5], [7, 8]], 0, 1, 9)
    assert got is not None, 'pad_batch(...) returned None: expected (X, Y, mask)'
    assert isinstance(got, (tuple, list)) and len(got) == 3, 'pad_batch should return (X, Y, mask)'
    expected = [[[5, 0], [7, 8]], [[1, 0], [8, 1]], [[True, False], [True, True]]]
    for name, value, wanted, dtype in zip(('X', 'Y', 'mask'), got, expected, (torch.int64, torch.int64, torch.bool)):
        assert isinstance(value, torch.Tensor), f'{name} should be a tensor'
        assert value.dtype == dtype, f'{name}: expected dtype {dtype}, got {value.dtype}'
        assert value.tolist() == wanted, f'{name}: expected {wanted}, got {value.tolist()}'
    loss = masked_ce(torch.zeros(2, 2, 4), got[1] % 4, got[2])
    assert loss is not None, 'masked_ce(...) returned None: expected a scalar tensor'
    assert isinstance(loss, torch.Tensor) and loss.dim() == 0, 'masked_ce should return a scalar tensor'
    assert abs(loss.item() - math.log(4)) < 1e-05, f'logits of zero, V = 4: expected log 4, got {loss.item()}'
    assert isinstance(sampling_facts, dict), 'sampling_facts should be a dictionary'
    keys = ['mean_of_means', 'dropping_is_fair', 'unequal_draws_are_unbiased', 'weights_repair_it']
    for key in [*keys, 'windows_repeat_tokens', 'streams_go_on']:
        assert isinstance(sampling_facts.get(key), bool), f'sampling_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="The batches are not as asked. Every sentence in exactly one, similar lengths together, and neither the order of the batches nor the partners always the same.")
def test_buckets(bucket_batches, padding_share):
    import numpy as np
    rng = np.random.default_rng(151)
    for count, batch_size in ((3200, 32), (101, 10), (7, 7), (5, 8), (9, 1), (64, 16)):
        lengths = rng.geometric(1 / 15, size=count).tolist()
        orders, first = (set(), [])
        for seed in range(6):
            batches = bucket_batches(lengths, batch_size, seed)
            assert batches == bucket_batches(lengths, batch_size, seed)
            assert sorted((i for batch in batches for i in batch)) == list(range(count))
            sizes = sorted((len(batch) for batch in batches))
            assert sizes[-1] <= batch_size and all((size == batch_size for size in sizes[1:])) and (sizes[0] > 0)
            spans = sorted(((min((lengths[i] for i in batch)), max((lengths[i] for i in batch))) for batch in batches))
            assert all((a[1] <= b[0] for a, b in zip(spans, spans[1:])))
            orders.add(tuple((max((lengths[i] for i in batch)) for batch in batches)))
            first.append(frozenset((frozenset(batch) for batch in batches)))
            box = [(len(batch), max((lengths[i] for i in batch))) for batch in batches]
            empty = sum((top - lengths[i] for batch, (_, top) in zip(batches, box) for i in batch))
            share = padding_share(batches, lengths)
            assert abs(share - empty / sum((rows * columns for rows, columns in box))) < 1e-12
            part = max(batches, key=lambda batch: np.ptp([lengths[i] for i in batch]))
            inside_part = [lengths[i] for i in part]
            assert abs(padding_share([part], lengths) - (1 - np.mean(inside_part) / max(inside_part))) < 1e-12
            if count == 3200:
                shuffled = rng.permutation(count)
                mixed = [shuffled[i:i + 32].tolist() for i in range(0, count, 32)]
                assert share < padding_share(mixed, lengths) / 3
        if count == 3200:
            assert len(orders) == 6 and len(set(first)) == 6
    same = [4] * 40
    assert len({frozenset(map(frozenset, bucket_batches(same, 4, seed))) for seed in range(6)}) == 6

@test_case(points=1.5, hidden=True, 
    failure_message="A batch is not filled as asked. The end mark is a target, padding is not, long sentences are cut without an end mark, and no sentence is left out.")
def test_padded_row_by_row(pad_batch):
    import random
    import torch
    rng = random.Random(152)
    for count, longest, max_len in ((1, 1, 5), (4, 6, 9), (6, 9, 4), (5, 3, 3), (3, 8, 1), (8, 2, 2), (2, 4, 3)):
        sents = [[rng.randrange(1, 7) for _ in range(rng.randint(1, longest))] for _ in range(count)]
        pad, eos = rng.choice([(0, 7), (3, 0), (8, 9)])
        X, Y, mask = pad_batch(sents, pad, eos, max_len)
        assert X.dtype == Y.dtype == torch.int64 and mask.dtype == torch.bool
        width = max((min(len(sent), max_len) for sent in sents))
        assert X.shape == Y.shape == mask.shape == (count, width)
        for sent, x, y, real in zip(sents, X.tolist(), Y.tolist(), mask.tolist()):
            size = min(len(sent), max_len)
            following = [*sent[1:], eos][:size]
            assert x == sent[:size] + [pad] * (width - size)
            assert y == following + [pad] * (width - size)
            assert real == [True] * size + [False] * (width - size)

@test_case(points=1, hidden=True, 
    failure_message="The loss is not the mean over real targets. It must not change with more padding or with what stands there, and every token counts the same.")
def test_loss_ignores_padding(masked_ce):
    import torch
    rng = torch.Generator().manual_seed(153)
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-05)):
        for n, t, v in ((1, 1, 2), (3, 5, 4), (2, 7, 11)):
            logits = torch.randn(t, n, v, generator=rng, dtype=dtype).transpose(0, 1) * 3
            Y = torch.randint(v, (n, t), generator=rng)
            sizes = [1 + (3 * i + t - 1) % t for i in range(n)]
            mask = torch.arange(t) < torch.tensor(sizes)[:, None]
            total, count = (0.0, 0)
            for i in range(n):
                for j in range(sizes[i]):
                    row = logits[i, j].double()
                    total += float(torch.logsumexp(row, 0) - row[Y[i, j]])
                    count += 1
            for filler in (0.0, 10000.0, float('inf'), float('nan')):
                wide = torch.full((n, t + 3, v), filler, dtype=dtype)
                wide[:, :t][mask] = logits[mask]
                targets, real = (torch.zeros(n, t + 3, dtype=torch.int64), torch.zeros(n, t + 3, dtype=torch.bool))
                targets[:, :t], real[:, :t] = (Y * mask, mask)
                got = masked_ce(wide, targets, real)
                assert got.dtype == dtype and got.dim() == 0
                assert abs(got.item() - total / count) < tolerance * (1 + total / count)

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about ways to draw batches is decided wrongly.")
def test_sampling_facts(sampling_facts):
    import numpy as np
    rng = np.random.default_rng(154)
    losses = [rng.random(size) for size in (1, 5, 9)]
    token_mean = np.concatenate(losses).mean()
    lengths = np.sort(rng.geometric(1 / 15, size=100))
    used = np.arange(100) < 96
    q = np.array([0.5, 0.3, 0.15, 0.05])
    loss = np.array([1.0, 2.0, 4.0, 8.0])
    n, count = (6, np.zeros(200))
    for start in range(200 - n + 1):
        count[start:start + n] += 1
    streams = np.arange(60).reshape(3, 20)
    pieces = [streams[:, j:j + 4] for j in range(0, 20, 4)]
    goes_on = all(((b[:, 0] == a[:, -1] + 1).all() for a, b in zip(pieces, pieces[1:])))
    assert sampling_facts['mean_of_means'] is bool(abs(np.mean([x.mean() for x in losses]) - token_mean) < 1e-09)
    assert sampling_facts['dropping_is_fair'] is bool(abs(lengths[used].mean() - lengths.mean()) < 1e-09)
    assert sampling_facts['unequal_draws_are_unbiased'] is bool(abs(q @ loss - loss.mean()) < 1e-09)
    assert sampling_facts['weights_repair_it'] is bool(abs(q @ (loss / (4 * q)) - loss.mean()) < 1e-09)
    assert sampling_facts['windows_repeat_tokens'] is bool((count == n).mean() > 0.5)
    assert sampling_facts['streams_go_on'] is goes_on

