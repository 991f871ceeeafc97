from otter.test_files import test_case

OK_FORMAT = False

name = "q16_probes"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="States that are one-hot vectors of their words have accuracy 1; in the example half of the steps are aligned.")
def test_perfect_states(probe_accuracy, aligned_share):
    import torch
    words = torch.tensor([0, 1, 2, 1, 2, 0, 2, 0])
    got = probe_accuracy(torch.nn.functional.one_hot(words).double(), words, 3)
    assert got is not None, 'probe_accuracy(...) returned None: expected a float'
    assert abs(got - 1) < 1e-09, f'states that are one-hot vectors of their words: expected 1, got {got}'
    share = aligned_share(torch.tensor([[[0.9, 0.1], [0.8, 0.2]]]))
    assert share is not None, 'aligned_share(...) returned None: expected a float'
    assert abs(share - 0.5) < 1e-06, f'aligned_share: expected 0.5, got {share}'

@test_case(points=1, hidden=True, 
    failure_message="The accuracy of the probe is not that of least squares, fitted to the first half and counted on the second.")
def test_probe_like_pseudoinverse(probe_accuracy):
    import torch
    rng = torch.Generator().manual_seed(1432)
    for m, h, n_words, noise in ((4, 1, 2, 0.1), (40, 3, 4, 1.0), (200, 6, 5, 2.0), (30, 25, 3, 3.0), (600, 24, 8, 4.0)):
        words = torch.randint(n_words, (m,), generator=rng)
        centres = torch.randn(n_words, h, generator=rng)
        states = centres[words] + noise * torch.randn(m, h, generator=rng) + 5.0
        half, inputs = (m // 2, torch.cat([states, torch.ones(m, 1)], dim=1).double())
        targets = (words[:half, None] == torch.arange(n_words)).double()
        right = (inputs[half:] @ torch.linalg.pinv(inputs[:half]) @ targets).argmax(dim=1) == words[half:]
        assert abs(probe_accuracy(states, words, n_words) - right.double().mean().item()) < 0.001

@test_case(points=1, hidden=True, 
    failure_message="The share of aligned steps is wrong for some batch. Which axis is the source?")
def test_aligned_steps_counted(aligned_share):
    import torch
    rng = torch.Generator().manual_seed(1433)
    for batch, u, t in ((1, 1, 1), (3, 4, 4), (5, 2, 3), (20, 3, 6), (8, 6, 6)):
        weights = torch.softmax(torch.randn(batch, u, t, generator=rng) + 1.5 * torch.eye(u, t), dim=2)
        hits = 0
        for sentence in weights.tolist():
            hits += sum((row[step] == max(row) for step, row in enumerate(sentence)))
        assert abs(aligned_share(weights) - hits / (batch * u)) < 1e-05

