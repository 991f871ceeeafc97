from otter.test_files import test_case

OK_FORMAT = False

name = "q13_pretraining_tasks"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="Masking \"b\" in a b c gives a ? c and the target b; pairs are lists of three-tuples; the two dictionaries hold six words and three booleans.")
def test_smallest_examples(masked_example, adjacent_pairs, order_pairs, task_kinds, pair_facts):
    got = masked_example(['a', 'b', 'c'], [1], '?')
    assert got is not None, 'masked_example(...) returned None: expected the pair (inputs, targets)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'masked_example should return (inputs, targets)'
    assert list(got[0]) == ['a', '?', 'c'], f"inputs: expected ['a', '?', 'c'], got {got[0]}"
    assert got[1] == {1: 'b'}, f"targets: expected {{1: 'b'}}, got {got[1]}"
    docs = [['A1', 'A2'], ['B1']]
    allowed = {'adjacent_pairs': {('A1', 'A2', 1), ('A1', 'B1', 0)}, 'order_pairs': {('A1', 'A2', 1), ('A2', 'A1', 0)}}
    for name, make in (('adjacent_pairs', adjacent_pairs), ('order_pairs', order_pairs)):
        pairs = make(docs, 30, 0)
        assert pairs is not None, f'{name}(...) returned None: expected a list of tuples'
        assert isinstance(pairs, list) and len(pairs) == 30, f'{name}(docs, 30, 0) should be a list of 30 tuples'
        for pair in pairs:
            assert isinstance(pair, tuple) and pair in allowed[name], f'{name}: {pair} is no pair of these documents'
            assert type(pair[2]) is int, f'{name}: the label should be an integer, got {type(pair[2]).__name__}'
    for key in ('masked_words', 'next_sentence', 'next_word', 'two_crops', 'colour', 'caption'):
        kind = task_kinds.get(key)
        assert kind in ('generative', 'contrastive'), f"task_kinds[{key!r}]: 'generative' or 'contrastive', got {kind!r}"
    for key in ('topic_solves_adjacent', 'topic_helps_order', 'words_help_order'):
        assert type(pair_facts.get(key)) is bool, f'pair_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Masked words, inputs and targets do not fit together, or the list of tokens is changed.")
def test_masks_and_targets(masked_example):
    tokens = 'the cat sat on the mat'.split()
    for hidden in ([], [0], [5], [0, 4], [5, 2, 0], [0, 1, 2, 3, 4, 5]):
        inputs, targets = masked_example(tokens, hidden, '<mask>')
        assert len(inputs) == 6 and set(targets) == set(hidden)
        for place, word in enumerate(tokens):
            assert inputs[place] == ('<mask>' if place in hidden else word)
            assert place not in hidden or targets[place] == word
    assert masked_example([], [], 'x') == ([], {}) or list(masked_example([], [], 'x')) == [[], {}]

    def untouched(make, tokens):
        before = list(tokens)
        inputs, _ = make(tokens, [1, 3], '<mask>')
        return tokens == before and inputs is not tokens
    assert inside(untouched)(masked_example, tokens)

@test_case(points=1.5, hidden=True, 
    failure_message="Some pair must not occur, some pair never occurs, or labels are not half and half. What may stand in a pair with label 0?")
def test_pairs_drawn(adjacent_pairs, order_pairs):
    from collections import Counter
    docs = [['a1', 'a2', 'a3', 'a4'], ['b1'], ['c1', 'c2'], ['d1', 'd2', 'd3']]
    after = [pair for doc in docs for pair in zip(doc, doc[1:])]
    n = 6000
    got = adjacent_pairs(docs, n, 1427)
    positive = Counter((pair[:2] for pair in got if pair[2] == 1))
    negative = Counter((pair[:2] for pair in got if pair[2] == 0))
    assert set(positive) == set(after)
    foreign = {(first, second) for first, _ in after for doc in docs if first not in doc for second in doc}
    assert set(negative) == foreign
    swapped = order_pairs(docs, n, 1428)
    assert {pair[:2] for pair in swapped if pair[2] == 1} == set(after)
    assert {pair[:2] for pair in swapped if pair[2] == 0} == {(b, a) for a, b in after}
    for pairs in (got, swapped):
        assert abs(sum((label for *_, label in pairs)) / n - 1 / 2) < 0.03
    for first, second in after:
        for pairs in (got, swapped):
            share = sum((pair == (first, second, 1) for pair in pairs)) / n
            assert abs(share - 1 / 12) < 0.02
    for doc in docs:
        for second in doc:
            share = negative['c1', second] / n
            assert abs(share - (0 if second[0] == 'c' else 1 / 96)) < 0.006

@test_case(points=0.5, hidden=True, 
    failure_message="The same seed should give the same pairs, another seed others.")
def test_seeds(adjacent_pairs, order_pairs):
    docs = [['a1', 'a2', 'a3', 'a4'], ['b1'], ['c1', 'c2'], ['d1', 'd2', 'd3']]
    for make in (adjacent_pairs, order_pairs):
        lists = [make(docs, 60, seed) for seed in (5, 6, 5)]
        assert lists[0] == lists[2] and lists[0] != lists[1]
        assert make(docs, 0, 1) == []

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six tasks is of the other kind, or one of the three facts is decided wrongly. The kind is a matter of what is asked, not of the kind of output.")
def test_kinds_and_facts(task_kinds, pair_facts):
    from collections import defaultdict
    part_is_hidden = ('masked_words', 'next_word', 'colour')
    pair_is_judged = ('next_sentence', 'two_crops', 'caption')
    assert [task_kinds[key] for key in part_is_hidden] == ['generative'] * 3
    assert [task_kinds[key] for key in pair_is_judged] == ['contrastive'] * 3
    docs = [['a1', 'a2', 'a3'], ['b1', 'b2'], ['c1', 'c2', 'c3']]
    after = [pair for doc in docs for pair in zip(doc, doc[1:])]
    swapped = [(a, b, 1) for a, b in after] + [(b, a, 0) for a, b in after]
    adjacent = []
    for a, b in after:
        others = [s for doc in docs if a not in doc for s in doc]
        adjacent += [(a, b, 1)] * len(others) + [(a, s, 0) for s in others]

    def best_rule(pairs, view):
        counts = defaultdict(lambda: [0, 0])
        for a, b, label in pairs:
            counts[view(a, b)][label] += 1
        return sum((max(pair) for pair in counts.values())) / len(pairs)

    def topic(a, b):
        return (a[0], b[0])
    measured = {'topic_solves_adjacent': best_rule(adjacent, topic) == 1, 'topic_helps_order': best_rule(swapped, topic) > 0.5, 'words_help_order': best_rule(swapped, lambda a, b: frozenset((a, b))) > 0.5}
    for key, holds in measured.items():
        assert pair_facts[key] is holds, f'pair_facts[{key!r}] is not what counting shows'

