from otter.test_files import test_case

OK_FORMAT = False

name = "q8_dialogue"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="The example of the text has seven tokens, and the mask is True at <B>, hello and you.")
def test_two_turns(serialize):
    import numpy as np
    vocab = {'<A>': 0, '<B>': 1, '<eot>': 2, '<unk>': 3, 'hi': 4, 'hello': 5, 'you': 6}
    got = serialize([('A', ['hi']), ('B', ['hello', 'you'])], vocab, 10)
    assert got is not None, 'serialize(...) returned None: expected (tokens, loss_mask)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'serialize should return (tokens, loss_mask)'
    tokens, mask = (np.asarray(got[0]), np.asarray(got[1]))
    assert tokens.dtype == np.int64, f'tokens should be int64, got {tokens.dtype}'
    assert mask.dtype == bool, f'loss_mask should be bool, got {mask.dtype}'
    assert tokens.tolist() == [0, 4, 2, 1, 5, 6, 2], f'expected [0, 4, 2, 1, 5, 6, 2], got {tokens.tolist()}'
    expected = [False, False, False, True, True, True, False]
    assert mask.tolist() == expected, f'loss_mask: expected {expected}, got {mask.tolist()}'

@test_case(points=1.5, hidden=True, 
    failure_message="The mask does not mark exactly the targets that B says. Positions and their targets are one apart, and markers are no speech.")
def test_mask_follows_the_targets(serialize):
    import random
    rng = random.Random(149)
    names = ['<unk>', '<eot>', '<B>', '<A>', *'abcdefgh']
    vocab = {name: 10 + i for i, name in enumerate(names)}
    for _ in range(60):
        turns = [(rng.choice('AB'), [rng.choice(['a', 'b', 'c', 'zz', '<eot>', '<B>', '<A>', '<unk>']) for _ in range(rng.randrange(4))]) for _ in range(rng.randrange(1, 7))]
        tokens, mask = (part.tolist() for part in serialize(turns, vocab, 1000))
        speaker, wanted, spoken = (None, [], [])
        for token in tokens:
            if token in (vocab['<A>'], vocab['<B>']):
                speaker = 'A' if token == vocab['<A>'] else 'B'
                spoken.append((speaker, []))
                wanted.append(False)
            else:
                wanted.append(speaker == 'B')
                spoken[-1][1].append(token)
        assert mask == [*wanted[1:], False]
        assert len(spoken) == len(turns)
        for (who, said), (speaker, words) in zip(spoken, turns):
            plain = [vocab[w] if w in 'abc' else vocab['<unk>'] for w in words]
            assert who == speaker and said == [*plain, vocab['<eot>']]

@test_case(points=1.5, hidden=True, 
    failure_message="Too long a conversation is not cut as asked. Whole turns go, the oldest first, as few as possible, and the last one has to stay.")
def test_whole_turns_are_left_out(serialize):
    import numpy as np
    vocab = {'<A>': 0, '<B>': 1, '<eot>': 2, '<unk>': 3, **{str(i): 4 + i for i in range(10)}}
    turns = [('A', ['0']), ('B', ['1', '2']), ('A', []), ('B', ['3']), ('B', ['4', '5', '6'])]
    lengths = [len(words) + 2 for _, words in turns]
    for max_len in range(len(turns) + sum(lengths) + 2):
        fitting = [k for k in range(1, 6) if sum(lengths[-k:]) <= max_len]
        if not fitting:
            try:
                serialize(turns, vocab, max_len)
            except ValueError:
                continue
            raise AssertionError('a last turn that does not fit should raise a ValueError')
        tokens, mask = serialize(turns, vocab, max_len)
        alone, alone_mask = serialize(turns[-max(fitting):], vocab, 1000)
        assert tokens.tolist() == alone.tolist() and mask.tolist() == alone_mask.tolist()
        assert len(tokens) == sum(lengths[-max(fitting):]) and tokens.dtype == np.int64 and (mask.dtype == bool)
    tokens, _ = serialize([('A', ['1']), ('B', list('12345')), ('A', ['2'])], vocab, 8)
    assert tokens.tolist() == [0, vocab['2'], 2]

