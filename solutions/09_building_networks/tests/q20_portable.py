from otter.test_files import test_case

OK_FORMAT = False

name = "q20_portable"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The weights of a Linear(2, 1) come back, and the network that was given is returned on the device asked for.")
def test_one_layer_comes_back(save_portable, load_to):
    import torch
    from torch import nn
    net = nn.Linear(2, 1)
    save_portable(net, 'q20_public.pt')
    loaded = load_to(nn.Linear(2, 1), 'q20_public.pt', 'cpu')
    assert loaded is not None, "load_to(net, path, 'cpu') returned None: expected the network"
    got, want = (loaded.weight.detach(), net.weight.detach())
    assert torch.equal(got, want), f'the loaded weight should be {want.tolist()}, got {got.tolist()}'
    assert str(got.device) == 'cpu', f'the loaded weight should be on the CPU, got {got.device}'

@test_case(points=2, hidden=True, 
    failure_message="The file does not hold CPU tensors only, or something is missing in it, or the network was moved for it.")
def test_network_stays(save_portable):

    def probe(save_portable):
        import pathlib
        import tempfile
        import torch
        from torch import nn

        class Far(torch.Tensor):
            """A tensor on a device that does not exist; to(...) and cpu() bring a copy to the CPU."""

            @classmethod
            def __torch_function__(cls, func, types, args=(), kwargs=None):
                if func in (torch.Tensor.cpu, torch.Tensor.to):
                    with torch._C.DisableTorchFunctionSubclass():
                        return args[0].detach().as_subclass(torch.Tensor).clone()
                return super().__torch_function__(func, types, args, kwargs or {})
        net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2, bias=False))
        net(torch.randn(5, 3))
        numbers = {name: value.clone() for name, value in net.state_dict().items()}
        for module in net.modules():
            for name, p in module._parameters.items():
                module._parameters[name] = None if p is None else nn.Parameter(p.detach().as_subclass(Far))
            for name, b in module._buffers.items():
                module._buffers[name] = b.as_subclass(Far)
        before = [id(t) for t in (*net.parameters(), *net.buffers())]
        moved = []
        original = nn.Module._apply

        def watched(module, *args, **kwargs):
            moved.append(module is net)
            return original(module, *args, **kwargs)
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / 'net.pt')
            nn.Module._apply = watched
            try:
                save_portable(net, path)
            finally:
                nn.Module._apply = original
            found = torch.load(path, weights_only=True)
        tensors = []

        def collect(value):
            if isinstance(value, torch.Tensor):
                tensors.append(value)
            elif isinstance(value, (dict, list, tuple)):
                for entry in value.values() if isinstance(value, dict) else value:
                    collect(entry)
        collect(found)
        plain = all((type(t) is torch.Tensor and t.device.type == 'cpu' for t in tensors))
        complete = all((any((t.shape == v.shape and torch.equal(t, v) for t in tensors)) for v in numbers.values()))
        after = [id(t) for t in (*net.parameters(), *net.buffers())]
        far = all((isinstance(t, Far) for t in (*net.parameters(), *net.buffers())))
        return (plain and complete, before == after and far and (not any(moved)), len(tensors))
    assert inside(probe)(save_portable) == (True, True, 8)

@test_case(points=2, hidden=True, 
    failure_message="Some numbers do not arrive, the network returned is another one or elsewhere, or a file from a machine with a GPU cannot be read.")
def test_loaded_elsewhere(save_portable, load_to):

    def probe(save_portable, load_to, written_on, device):
        import pathlib
        import tempfile
        import warnings
        import torch
        from torch import nn

        def make(seed):
            torch.manual_seed(seed)
            net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2, bias=False))
            net(torch.randn(5, 3))
            return net
        net, other = (make(0), make(1))
        tag = torch.serialization.location_tag
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / 'net.pt')
            torch.serialization.location_tag = lambda storage: written_on
            try:
                save_portable(net, path)
            finally:
                torch.serialization.location_tag = tag
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                loaded = load_to(other, path, device)
        tensors = loaded.state_dict()
        devices = sorted({str(t.device) for t in tensors.values()})
        same = device == 'cpu' and all((torch.equal(t, tensors[name]) for name, t in net.state_dict().items()))
        return (devices, same, loaded is other, all((p.requires_grad for p in loaded.parameters())))
    for written_on in ('cpu', 'cuda:0', 'cuda:7'):
        devices, same, itself, trainable = inside(probe)(save_portable, load_to, written_on, 'cpu')
        assert devices == ['cpu'] and same and itself and trainable
    devices, _, itself, _ = inside(probe)(save_portable, load_to, 'cpu', 'meta')
    assert devices == ['meta'] and itself

@test_case(points=1, hidden=True, 
    failure_message="With a network on a GPU, the file should load on both devices, and the network should stay on the GPU.")
def test_gpu_round_trip(save_portable, load_to):

    def probe(save_portable, load_to):
        import pathlib
        import tempfile
        import torch
        from torch import nn
        if not torch.cuda.is_available():
            return None

        def devices_in(value):
            if isinstance(value, torch.Tensor):
                return {value.device.type}
            entries = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
            return set().union(*map(devices_in, entries))
        net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).cuda()
        objects = [id(p) for p in net.parameters()]
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / 'net.pt')
            save_portable(net, path)
            in_file = devices_in(torch.load(path))
            near = load_to(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).cuda(), path, 'cpu')
            far = load_to(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), path, 'cuda')
        stayed = objects == [id(p) for p in net.parameters()] and all((p.is_cuda for p in net.parameters()))
        same = all((torch.equal(p, q) for p, q in zip(net.parameters(), far.parameters())))
        devices = ({p.device.type for p in near.parameters()}, {p.device.type for p in far.parameters()})
        return (in_file, stayed, same, devices)
    answer = inside(probe)(save_portable, load_to)
    if answer is None:
        return
    assert answer == ({'cpu'}, True, True, ({'cpu'}, {'cuda'}))

