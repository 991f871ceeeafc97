from otter.test_files import test_case

OK_FORMAT = False

name = "q11_train_a_gan"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The result has the shape (T, 2); where D says 0.8 for everything, the first loss of the discriminator is 1.8326. rest_losses is a pair of numbers.")
def test_first_round(train_gan, rest_losses):
    import math
    import numpy as np
    import torch
    G, D = (torch.nn.Linear(1, 1), torch.nn.Linear(1, 1))
    with torch.no_grad():
        D.weight.zero_()
        D.bias.fill_(math.log(4))
    batches = torch.ones(2, 3, 1)
    got = train_gan(G, D, batches, batches, batches, 0.01)
    assert got is not None, 'train_gan(...) returned None: expected a tensor of shape (T, 2)'
    assert isinstance(got, torch.Tensor), 'train_gan should return a tensor'
    assert got.shape == (2, 2), f'train_gan, two rounds: expected shape (2, 2), got {tuple(got.shape)}'
    assert got.is_floating_point(), f'train_gan: expected a float tensor, got {got.dtype}'
    first = got[0, 0].item()
    assert abs(first - 1.832581) < 0.0001, f'first loss of the discriminator: expected 1.8326, got {first}'
    assert isinstance(rest_losses, (tuple, list)) and len(rest_losses) == 2, 'rest_losses should be a pair'
    for loss in rest_losses:
        number = isinstance(loss, (int, float, np.integer, np.floating))
        assert number, f'rest_losses should hold two numbers, got {loss!r}'

@test_case(points=2.5, hidden=True, 
    failure_message="After a few rounds the parameters or the losses are not what they should be. Mind the order of the steps, the batches they use, and gradients that are left over.")
def test_a_few_rounds_by_hand(train_gan):
    import torch

    def train(train_gan, g_values, d_values, real, z_d, z_g, rate):
        from torch import nn
        nets, reached = ([], [])
        for values in (g_values, d_values):
            (hidden, wide), out = (values[0].shape, len(values[3]))
            net = nn.Sequential(nn.Linear(wide, hidden), nn.Tanh(), nn.Linear(hidden, out)).double()
            for parameter, value in zip(net.parameters(), values):
                parameter.data.copy_(value)
            nets.append(net)
        nets[0][0].weight.register_hook(lambda gradient: reached.append(1))
        losses = train_gan(*nets, real, z_d, z_g, rate)
        return (losses, [[p.detach() for p in net.parameters()] for net in nets], len(reached))

    def network(values, x):
        return torch.tanh(x @ values[0].T + values[1]) @ values[2].T + values[3]

    def adam(values, loss, memory, step, rate):
        gradients = torch.autograd.grad(loss, values)
        for i, gradient in enumerate(gradients):
            memory[0][i] = 0.5 * memory[0][i] + 0.5 * gradient
            memory[1][i] = 0.999 * memory[1][i] + 0.001 * gradient ** 2
            first, second = (memory[0][i] / (1 - 0.5 ** step), memory[1][i] / (1 - 0.999 ** step))
            with torch.no_grad():
                values[i] -= rate * first / (second.sqrt() + 1e-08)
    cross = torch.nn.functional.binary_cross_entropy_with_logits
    source = torch.Generator().manual_seed(211)
    for rounds, batch, k, d, rate in ((1, 1, 1, 1, 0.1), (4, 5, 2, 3, 0.05), (6, 3, 3, 1, 0.2), (0, 2, 1, 1, 0.1)):
        normal = lambda *shape: torch.randn(*shape, generator=source, dtype=torch.float64)
        g_values = [normal(4, k), normal(4), normal(d, 4), normal(d)]
        d_values = [normal(5, d), normal(5), normal(1, 5), normal(1)]
        real, z_d, z_g = (1 + normal(rounds, batch, d), normal(rounds, batch, k), normal(rounds, batch, k))
        losses, nets, reached = inside(train)(train_gan, g_values, d_values, real, z_d, z_g, rate)
        assert losses.shape == (rounds, 2) and (not losses.requires_grad) and (reached == rounds)
        g_memory, d_memory = ([[0.0] * 4, [0.0] * 4] for _ in range(2))
        for values in (g_values, d_values):
            for value in values:
                value.requires_grad_()
        for step in range(rounds):
            one = network(d_values, real[step])
            two = network(d_values, network(g_values, z_d[step]))
            loss = cross(one, torch.ones_like(one)) + cross(two, torch.zeros_like(two))
            assert abs(losses[step, 0] - loss) < 1e-05 * (1 + loss)
            adam(d_values, loss, d_memory, step + 1, rate)
            out = network(d_values, network(g_values, z_g[step]))
            loss = cross(out, torch.ones_like(out))
            assert abs(losses[step, 1] - loss) < 1e-05 * (1 + loss)
            adam(g_values, loss, g_memory, step + 1, rate)
        for got, expected in zip(nets, (g_values, d_values)):
            assert all((torch.allclose(a, b, rtol=0, atol=1e-06) for a, b in zip(got, expected)))

@test_case(points=1.5, hidden=True, 
    failure_message="In the toy example the generated mean does not arrive at that of the data, or the losses do not come to rest where you say.")
def test_toy_comes_to_rest(train_gan, toy_gan, rest_losses):
    import torch
    G, D, *batches = toy_gan(23, 300)
    losses = train_gan(G, D, *batches, 0.02)
    d_rest, g_rest = losses[-50:].mean(dim=0).tolist()
    mean = torch.as_tensor(G(torch.zeros(1, 1))).item()
    assert abs(mean - 3) < 1
    assert abs(d_rest - rest_losses[0]) < 0.2 and abs(g_rest - rest_losses[1]) < 0.2
    half = torch.zeros(1, dtype=torch.float64)
    cross = torch.nn.functional.binary_cross_entropy_with_logits
    real, fake = (cross(half, torch.ones_like(half)).item(), cross(half, torch.zeros_like(half)).item())
    assert abs(rest_losses[0] - real - fake) < 0.001 and abs(rest_losses[1] - real) < 0.001

