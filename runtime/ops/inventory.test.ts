/** That what Theano 1.0.5 offers has its name here, in camelCase. */
import { expect, test } from "vitest";
import { tensorFunctions as T } from "./tensor.ts";

const groups: readonly (readonly [string, object, string])[] = [
  [
    "arithmetic",
    T,
    "add sub mul true_div int_div mod pow neg inv sqr sqrt abs_ sgn ceil floor trunc round round_half_to_even round_half_away_from_zero maximum minimum clip divmod",
  ],
  [
    "exponentials and trigonometry",
    T,
    "exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh arcsinh arccosh arctanh deg2rad rad2deg",
  ],
  [
    "special functions",
    T,
    "erf erfc erfcx erfinv erfcinv gamma gammaln psi tri_gamma chi2sf gammainc gammaincc gammau gammal j0 j1 jv i0 i1 iv",
  ],
  [
    "comparisons and logic",
    T,
    "eq neq lt le gt ge isclose allclose isnan isinf and_ or_ xor invert bitwise_and bitwise_or bitwise_xor bitwise_not switch where",
  ],
  ["complex numbers and casts", T, "real imag angle conj complex complex_from_polar cast"],
  [
    "reductions",
    T,
    "sum prod mean var std max min argmax argmin max_and_argmax all any ptp cumsum cumprod smallest largest",
  ],
  [
    "sorting and searching",
    T,
    "sort argsort topk argtopk topk_and_argtopk searchsorted bincount nonzero flatnonzero nonzero_values",
  ],
  [
    "creation",
    T,
    "zeros ones zeros_like ones_like fill alloc eye identity_like arange tri tril triu diag constant bartlett",
  ],
  [
    "shape and layout",
    T,
    "shape reshape flatten ravel dimshuffle transpose swapaxes squeeze roll repeat tile concatenate join stack horizontal_stack vertical_stack split shape_padleft shape_padright shape_padaxis addbroadcast unbroadcast patternbroadcast specify_shape rebroadcast",
  ],
  [
    "indexing",
    T,
    "set_subtensor inc_subtensor take choose compress permute_row_elements inverse_permutation diagonal extract_diag fill_diagonal fill_diagonal_offset unravel_index ravel_multi_index",
  ],
  ["products", T, "dot outer tensordot batched_dot batched_tensordot"],
  [
    "numerical linear algebra",
    T.nlinalg,
    "matrix_inverse pinv det eig eigh qr svd lstsq matrix_power norm trace tensorinv tensorsolve alloc_diag extract_diag diag matrix_dot",
  ],
  [
    "SciPy's linear algebra",
    T.slinalg,
    "cholesky solve solve_lower_triangular solve_upper_triangular solve_symmetric eigvalsh expm kron",
  ],
  [
    "extra ops",
    T.extraOps,
    "cumsum cumprod diff bincount squeeze compress repeat bartlett fill_diagonal fill_diagonal_offset to_one_hot unique unravel_index ravel_multi_index searchsorted",
  ],
  ["Fourier transforms", T.fft, "rfft irfft"],
  [
    "activations",
    T.nnet,
    "sigmoid ultra_fast_sigmoid hard_sigmoid softplus softsign softmax logsoftmax softmax_graph relu elu selu",
  ],
  [
    "losses and layers",
    T.nnet,
    "binary_crossentropy sigmoid_binary_crossentropy categorical_crossentropy crossentropy_categorical_1hot crossentropy_softmax_1hot crossentropy_softmax_1hot_with_bias h_softmax confusion_matrix ctc sparse_block_dot conv2d conv3d conv2d_transpose separable_conv2d",
  ],
  ["batch normalization", T.nnet.bn, "batch_normalization batch_normalization_train batch_normalization_test"],
  ["images as neighbourhoods", T.nnet.neighbours, "images2neibs neibs2images"],
  [
    "convolutions",
    T.nnet.abstractConv,
    "conv2d conv3d conv2d_grad_wrt_inputs conv2d_grad_wrt_weights conv3d_grad_wrt_inputs conv3d_grad_wrt_weights separable_conv2d separable_conv3d causal_conv1d bilinear_upsampling frac_bilinear_upsampling",
  ],
  ["pooling", T.signal.pool, "pool_2d pool_3d max_pool_2d_same_size"],
];

const camelCase = (name: string): string => name.replace(/(?<=.)_(\w)/g, (_, letter: string) => letter.toUpperCase());

test.each(groups)("%s", (_, namespace, names) => {
  const missing = names
    .split(" ")
    .map(camelCase)
    .filter((name) => typeof Reflect.get(namespace, name) !== "function");
  expect(missing).toEqual([]);
});

test("constructors: nine dtypes by ten kinds, one and several", () => {
  const kinds = ["scalar", "vector", "row", "col", "matrix", "tensor3", "tensor4", "tensor5", "tensor6", "tensor7"];
  const names = [..."bwilfdcz", ""].flatMap((letter) => kinds.map((kind) => letter + kind));
  expect(names.filter((name) => typeof Reflect.get(T, name) !== "function")).toEqual([]);
  const plurals = names.map((name) => name.replace(/matrix$/, "matrice")).map((name) => `${name}s`);
  expect(plurals.filter((name) => typeof Reflect.get(T, name) !== "function")).toEqual([]);
});
