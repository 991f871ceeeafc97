from otter.test_files import test_case

OK_FORMAT = False

name = "q3_by_hand"
points = 2

@test_case(points=0.5, hidden=False, 
    failure_message="Both inverses have four rows of four numbers, the first row of inverse_2 is 1, 0, 0, 0, and the other three answers are numbers.")
def test_shapes(inverse_1, inverse_2, det_1, det_2, volume_factor):
    import numpy as np
    for name, value in (('inverse_1', inverse_1), ('inverse_2', inverse_2)):
        assert isinstance(value, (list, tuple, np.ndarray)), f'{name} should be a list of rows or an array'
        assert np.shape(value) == (4, 4), f'{name}: expected shape (4, 4), got {np.shape(value)}'
    first = [float(value) for value in inverse_2[0]]
    assert np.allclose(first, [1, 0, 0, 0]), f'first row of inverse_2: expected [1, 0, 0, 0], got {first}'
    for name, value in (('det_1', det_1), ('det_2', det_2), ('volume_factor', volume_factor)):
        assert isinstance(value, (int, float, np.integer, np.floating)), f'{name} should be a number'

@test_case(points=1, hidden=True, 
    failure_message="At least one of your matrices times its partner is not the identity.")
def test_products(inverse_1, inverse_2):
    import numpy as np
    rows_1 = [[2, 0, 0, 0], [0, -5, 0, 0], [0, 0, 1, 0], [0, 0, 0, 2]]
    rows_2 = [[1, 0, 0, 0], [2, 4, 0, 0], [1, -1, 2, 0], [4, -2, -2, 1]]
    for rows, inverse in ((rows_1, inverse_1), (rows_2, inverse_2)):
        assert np.allclose(np.array(rows) @ np.array(inverse, dtype=float), np.eye(4), rtol=0, atol=1e-09)

@test_case(points=0.5, hidden=True, 
    failure_message="A determinant or the volume factor is wrong. A determinant has a sign, a volume has none.")
def test_determinants(det_1, det_2, volume_factor):
    import numpy as np
    first = np.array([[2, 0, 0, 0], [0, -5, 0, 0], [0, 0, 1, 0], [0, 0, 0, 2]], dtype=float)
    second = np.array([[1, 0, 0, 0], [2, 4, 0, 0], [1, -1, 2, 0], [4, -2, -2, 1]], dtype=float)
    assert abs(det_1 - np.linalg.det(first)) < 1e-09
    assert abs(det_2 - np.linalg.det(second)) < 1e-09
    assert abs(volume_factor - abs(np.linalg.det(second @ first))) < 1e-09

