"""The operations of Keras (`keras.ops`): where each class lives, and what it takes.

A line is `module Class(constructor)(call) function`: `function` is the one of `keras.ops` that
makes it and takes the same by the same names, or `-`. A test holds each line to Keras.
"""

from __future__ import annotations

TABLE = """\
core AssociativeScan(reverse=False, axis=0)(f, elems) associative_scan
core Cast(dtype)(x) cast
core Cond()(pred, true_fn, false_fn) cond
core ConvertToTensor(dtype=None, sparse=None, ragged=None)(x) convert_to_tensor
core ForiLoop(lower, upper, body_fun)(init_val) -
core Map()(f, xs) map
core SaturateCast(dtype)(x) saturate_cast
core Scan(length=None, reverse=False, unroll=1)(f, init, xs=None) scan
core Scatter(shape)(indices, values) scatter
core ScatterUpdate(reduction=None)(inputs, indices, updates) scatter_update
core Slice(shape)(inputs, start_indices) slice
core SliceUpdate()(inputs, start_indices, updates) slice_update
core StopGradient()(variable) stop_gradient
core Switch()(index, branches, *operands) -
core Unstack(num=None, axis=0)(x) unstack
core VectorizedMap(function)(elements) -
core WhileLoop(cond, body, maximum_iterations=None)(loop_vars) -
einops Rearrange()(tensor, pattern, **axes_lengths) -
image AffineTransform(interpolation='bilinear', fill_mode='constant', fill_value=0,
    data_format=None)(images, transform) -
image CropImages(top_cropping=None, left_cropping=None, bottom_cropping=None, right_cropping=None,
    target_height=None, target_width=None, data_format=None)(images) -
image ElasticTransform(alpha=20.0, sigma=5.0, interpolation='bilinear', fill_mode='reflect',
    fill_value=0.0, seed=None, data_format=None)(images) -
image ExtractPatches(size, strides=None, dilation_rate=1, padding='valid',
    data_format=None)(images) -
image GaussianBlur(kernel_size=(3, 3), sigma=(1.0, 1.0), data_format=None)(images) -
image HSVToRGB(data_format=None)(images) -
image MapCoordinates(order, fill_mode='constant', fill_value=0)(inputs, coordinates) -
image PadImages(top_padding=None, left_padding=None, bottom_padding=None, right_padding=None,
    target_height=None, target_width=None, data_format=None)(images) -
image PerspectiveTransform(interpolation='bilinear', fill_value=0, data_format=None)(images,
    start_points, end_points) -
image RGBToGrayscale(data_format=None)(images) -
image RGBToHSV(data_format=None)(images) -
image Resize(size, interpolation='bilinear', antialias=False, crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False, fill_mode='constant', fill_value=0.0, data_format=None)(images) -
image SSIM(max_val=1.0, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03,
    data_format=None)(image1, image2) -
image ScaleAndTranslate(spatial_dims, method, antialias=True)(images, output_shape, scale,
    translation) -
image SobelEdges(data_format=None)(images) -
linalg Cholesky(upper=False)(x) cholesky
linalg CholeskyInverse(upper=False)(x) cholesky_inverse
linalg Det()(x) det
linalg Eig()(x) eig
linalg Eigh()(x) eigh
linalg Inv()(x) inv
linalg JVP(has_aux=False)(fun, primals, tangents) jvp
linalg Lstsq(rcond=None)(a, b) lstsq
linalg LuFactor()(x) lu_factor
linalg MatrixRank(tol=None)(x) matrix_rank
linalg Norm(ord=None, axis=None, keepdims=False)(x) norm
linalg Pinv(rcond=None)(x) pinv
linalg Qr(mode='reduced')(x) qr
linalg SVD(full_matrices=True, compute_uv=True)(x) svd
linalg Solve()(a, b) solve
linalg SolveTriangular(lower=False)(a, b) solve_triangular
math CDist()(x, y) -
math Erf()(x) erf
math Erfc()(x) erfc
math Erfinv()(x) erfinv
math ExtractSequences(sequence_length, sequence_stride)(x) extract_sequences
math FFT()(x) fft
math FFT2()(x) fft2
math IFFT2()(x) ifft2
math IRFFT(fft_length=None)(x) irfft
math ISTFT(sequence_length, sequence_stride, fft_length, length=None, window='hann',
    center=True)(x) istft
math InTopK(k)(targets, predictions) in_top_k
math Logdet()(x) logdet
math Logsumexp(axis=None, keepdims=False)(x) logsumexp
math RFFT(fft_length=None)(x) rfft
math Rsqrt()(x) rsqrt
math STFT(sequence_length, sequence_stride, fft_length, window='hann', center=True)(x) stft
math SegmentMax(num_segments=None, sorted=False)(data, segment_ids) segment_max
math SegmentMin(num_segments=None, sorted=False)(data, segment_ids) segment_min
math SegmentProd(num_segments=None, sorted=False)(data, segment_ids) segment_prod
math SegmentSum(num_segments=None, sorted=False)(data, segment_ids) segment_sum
math TopK(k, sorted=True)(x) top_k
math ViewAsComplex()(x) view_as_complex
math ViewAsReal()(x) view_as_real
nn AdaptiveAveragePool(output_size, data_format=None)(inputs) adaptive_average_pool
nn AdaptiveMaxPool(output_size, data_format=None)(inputs) adaptive_max_pool
nn AveragePool(pool_size, strides=None, padding='valid', data_format=None)(inputs) average_pool
nn BatchNorm(axis, epsilon=0.001)(x, mean, variance, offset=None, scale=None) -
nn BinaryCrossentropy(from_logits=False)(target, output) binary_crossentropy
nn CTCDecode(strategy='greedy', beam_width=100, top_paths=1, merge_repeated=True,
    mask_index=0)(inputs, sequence_lengths) ctc_decode
nn CTCLoss(mask_index=0)(target, output, target_length, output_length) ctc_loss
nn CategoricalCrossentropy(from_logits=False, axis=-1)(target, output) categorical_crossentropy
nn Celu(alpha=1.0)(x) celu
nn Conv(strides=1, padding='valid', data_format=None, dilation_rate=1)(inputs, kernel) conv
nn ConvTranspose(strides=1, padding='valid', output_padding=None, data_format=None,
    dilation_rate=1)(inputs, kernel) conv_transpose
nn DepthToSpace(block_size, data_format='channels_last')(x) depth_to_space
nn DepthwiseConv(strides=1, padding='valid', data_format=None, dilation_rate=1)(inputs, kernel)
    depthwise_conv
nn DotProductAttention(is_causal=False, flash_attention=None, attn_logits_soft_cap=None)(query,
    key, value, bias=None, mask=None, scale=None) dot_product_attention
nn Elu(alpha=1.0)(x) elu
nn Fold(output_size, kernel_size, dilation=1, padding=0, stride=1)(x) fold
nn Gelu(approximate=True)(x) gelu
nn Glu(axis=-1)(x) glu
nn HardShrink(threshold=0.5)(x) hard_shrink
nn HardSigmoid()(x) hard_sigmoid
nn HardSilu()(x) hard_silu
nn HardTanh()(x) hard_tanh
nn LayerNorm(axis=-1, epsilon=None, rms_scaling=False)(x, gamma=None, beta=None) -
nn LeakyRelu(negative_slope=0.2)(x) leaky_relu
nn LogSigmoid()(x) log_sigmoid
nn LogSoftmax(axis=-1)(x) log_softmax
nn MaxPool(pool_size, strides=None, padding='valid', data_format=None)(inputs) max_pool
nn Moments(axes, keepdims=False, synchronized=False)(x) moments
nn MultiHot(num_classes=None, axis=-1, dtype=None, sparse=False, **kwargs)(inputs) multi_hot
nn Normalize(axis=-1, order=2, epsilon=None)(x) normalize
nn OneHot(num_classes, axis=-1, dtype=None, sparse=False)(x) one_hot
nn PSNR(max_val)(x1, x2) psnr
nn Polar()(abs_, angle) polar
nn RMSNorm(axis=-1, epsilon=None)(x, scale=None) -
nn Relu()(x) relu
nn Relu6()(x) relu6
nn Selu()(x) selu
nn SeparableConv(strides=1, padding='valid', data_format=None, dilation_rate=1)(inputs,
    depthwise_kernel, pointwise_kernel) separable_conv
nn Sigmoid()(x) sigmoid
nn Silu()(x) silu
nn SoftShrink(threshold=0.5)(x) soft_shrink
nn Softmax(axis=-1)(x) softmax
nn Softplus()(x) softplus
nn Softsign()(x) softsign
nn SpaceToDepth(block_size, data_format='channels_last')(x) space_to_depth
nn SparseCategoricalCrossentropy(from_logits=False, axis=-1)(target, output)
    sparse_categorical_crossentropy
nn SparsePlus()(x) sparse_plus
nn SparseSigmoid()(x) sparse_sigmoid
nn Sparsemax(axis=-1)(x) sparsemax
nn Squareplus(b=4)(x) squareplus
nn TanhShrink()(x) tanh_shrink
nn Threshold(threshold, default_value)(x) threshold
nn Unfold(kernel_size, dilation=1, padding=0, stride=1)(x) unfold
numpy Abs()(x) -
numpy Absolute()(x) absolute
numpy Add()(x1, x2) add
numpy All(axis=None, keepdims=False)(x) all
numpy AllClose(rtol=1e-05, atol=1e-08, equal_nan=False)(x1, x2) -
numpy Amax(axis=None, keepdims=False)(x) amax
numpy Amin(axis=None, keepdims=False)(x) amin
numpy Angle()(x) angle
numpy Any(axis=None, keepdims=False)(x) any
numpy Append(axis=None)(x1, x2) append
numpy Arange(dtype=None)(start, stop=None, step=None) arange
numpy Arccos()(x) arccos
numpy Arccosh()(x) arccosh
numpy Arcsin()(x) arcsin
numpy Arcsinh()(x) arcsinh
numpy Arctan()(x) arctan
numpy Arctan2()(x1, x2) arctan2
numpy Arctanh()(x) arctanh
numpy Argmax(axis=None, keepdims=False)(x) argmax
numpy Argmin(axis=None, keepdims=False)(x) argmin
numpy Argpartition(kth, axis=-1)(x) argpartition
numpy Argsort(axis=-1)(x) argsort
numpy Array(dtype=None)(x) array
numpy ArraySplit(indices_or_sections, axis=0)(x) array_split
numpy Average(axis=None)(x, weights=None) -
numpy Bincount(weights=None, minlength=0, sparse=False)(x) bincount
numpy BitwiseAnd()(x, y) bitwise_and
numpy BitwiseInvert()(x) bitwise_invert
numpy BitwiseLeftShift()(x, y) bitwise_left_shift
numpy BitwiseNot()(x) bitwise_not
numpy BitwiseOr()(x, y) bitwise_or
numpy BitwiseRightShift()(x, y) bitwise_right_shift
numpy BitwiseXor()(x, y) bitwise_xor
numpy BroadcastTo(shape)(x) broadcast_to
numpy Cbrt()(x) cbrt
numpy Ceil()(x) ceil
numpy Clip(x_min, x_max)(x) clip
numpy Concatenate(axis=0)(xs) concatenate
numpy Conj()(x) -
numpy Conjugate()(x) conjugate
numpy Copy()(x) copy
numpy Corrcoef()(x) corrcoef
numpy Correlate(mode='valid')(x1, x2) correlate
numpy Cos()(x) cos
numpy Cosh()(x) cosh
numpy CountNonzero(axis=None)(x) count_nonzero
numpy Cross(axisa=-1, axisb=-1, axisc=-1, axis=None)(x1, x2) cross
numpy Cumprod(axis=None, dtype=None)(x) cumprod
numpy Cumsum(axis=None, dtype=None)(x) cumsum
numpy Deg2rad()(x) deg2rad
numpy Diag(k=0)(x) diag
numpy Diagflat(k=0)(x) diagflat
numpy Diagonal(offset=0, axis1=0, axis2=1)(x) diagonal
numpy Diff(n=1, axis=-1)(a) diff
numpy Digitize()(x, bins) digitize
numpy Divide()(x1, x2) divide
numpy DivideNoNan()(x1, x2) divide_no_nan
numpy Dot()(x1, x2) dot
numpy Dsplit(indices_or_sections)(x) dsplit
numpy Dstack()(xs) dstack
numpy Einsum(subscripts)(*operands, **kwargs) -
numpy EmptyLike(dtype=None)(x) empty_like
numpy Equal()(x1, x2) equal
numpy Exp()(x) exp
numpy Exp2()(x) exp2
numpy ExpandDims(axis)(x) expand_dims
numpy Expm1()(x) expm1
numpy Fabs()(x) fabs
numpy Flip(axis=None)(x) flip
numpy Fliplr()(x) fliplr
numpy Flipud()(x) flipud
numpy Floor()(x) floor
numpy FloorDivide()(x1, x2) floor_divide
numpy Fmax()(x1, x2) fmax
numpy Fmin()(x1, x2) fmin
numpy Fmod()(x1, x2) fmod
numpy Full(shape, dtype=None)(fill_value) -
numpy FullLike(dtype=None)(x, fill_value) full_like
numpy Gcd()(x1, x2) gcd
numpy Geomspace(num=50, endpoint=True, dtype=None, axis=0)(start, stop) geomspace
numpy GetItem()(x, key) get_item
numpy Greater()(x1, x2) greater
numpy GreaterEqual()(x1, x2) greater_equal
numpy Heaviside()(x1, x2) heaviside
numpy Histogram(bins=10, range=None)(x) histogram
numpy Hsplit(indices_or_sections)(x) hsplit
numpy Hstack()(xs) hstack
numpy Hypot()(x1, x2) hypot
numpy I0()(x) i0
numpy Imag()(x) imag
numpy Inner()(x1, x2) inner
numpy IsIn(assume_unique=False, invert=False)(x1, x2) -
numpy Isclose(equal_nan=False)(x1, x2, rtol=1e-05, atol=1e-08) isclose
numpy Isfinite()(x) isfinite
numpy Isinf()(x) isinf
numpy Isnan()(x) isnan
numpy Isneginf()(x) isneginf
numpy Isposinf()(x) isposinf
numpy Isreal()(x) isreal
numpy Kron()(x1, x2) kron
numpy Lcm()(x1, x2) lcm
numpy Ldexp()(x1, x2) ldexp
numpy LeftShift()(x, y) left_shift
numpy Less()(x1, x2) less
numpy LessEqual()(x1, x2) less_equal
numpy Linspace(num=50, endpoint=True, retstep=False, dtype=None, axis=0)(start, stop) linspace
numpy Log()(x) log
numpy Log10()(x) log10
numpy Log1p()(x) log1p
numpy Log2()(x) log2
numpy Logaddexp()(x1, x2) logaddexp
numpy Logaddexp2()(x1, x2) logaddexp2
numpy LogicalAnd()(x1, x2) logical_and
numpy LogicalNot()(x) logical_not
numpy LogicalOr()(x1, x2) logical_or
numpy LogicalXor()(x1, x2) logical_xor
numpy Logspace(num=50, endpoint=True, base=10, dtype=None, axis=0)(start, stop) logspace
numpy Matmul()(x1, x2) matmul
numpy Max(axis=None, keepdims=False, initial=None)(x) max
numpy Maximum()(x1, x2) maximum
numpy Mean(axis=None, keepdims=False)(x) mean
numpy Median(axis=None, keepdims=False)(x) median
numpy Meshgrid(indexing='xy')(*x) -
numpy Min(axis=None, keepdims=False, initial=None)(x) min
numpy Minimum()(x1, x2) minimum
numpy Mod()(x1, x2) mod
numpy Moveaxis(source, destination)(x) moveaxis
numpy Multiply()(x1, x2) multiply
numpy NanToNum(nan=0.0, posinf=None, neginf=None)(x) nan_to_num
numpy Nanargmax(axis=None, keepdims=False)(x) nanargmax
numpy Nanargmin(axis=None, keepdims=False)(x) nanargmin
numpy Nancumprod(axis=None, dtype=None)(x) nancumprod
numpy Nancumsum(axis=None, dtype=None)(x) nancumsum
numpy Nanmax(axis=None, keepdims=False)(x) nanmax
numpy Nanmean(axis=None, keepdims=False)(x) nanmean
numpy Nanmedian(axis=None, keepdims=False)(x) nanmedian
numpy Nanmin(axis=None, keepdims=False)(x) nanmin
numpy Nanpercentile(axis=None, method='linear', keepdims=False)(x, q) nanpercentile
numpy Nanprod(axis=None, keepdims=False)(x) nanprod
numpy Nanquantile(axis=None, method='linear', keepdims=False)(x, q) nanquantile
numpy Nanstd(axis=None, keepdims=False)(x) nanstd
numpy Nansum(axis=None, keepdims=False)(x) nansum
numpy Nanvar(axis=None, keepdims=False)(x) nanvar
numpy Ndim()(x) ndim
numpy Negative()(x) negative
numpy Nextafter()(x1, x2) nextafter
numpy Nonzero()(x) nonzero
numpy NotEqual()(x1, x2) not_equal
numpy OnesLike(dtype=None)(x) ones_like
numpy Outer()(x1, x2) outer
numpy Pad(pad_width, mode='constant')(x, constant_values=None) -
numpy Percentile(axis=None, method='linear', keepdims=False)(x, q) percentile
numpy Power()(x1, x2) power
numpy Prod(axis=None, keepdims=False, dtype=None)(x) prod
numpy Ptp(axis=None, keepdims=False)(x) ptp
numpy Quantile(axis=None, method='linear', keepdims=False)(x, q) quantile
numpy Rad2deg()(x) rad2deg
numpy Ravel()(x) ravel
numpy Real()(x) real
numpy Reciprocal()(x) reciprocal
numpy Repeat(repeats, axis=None)(x) repeat
numpy Reshape(newshape)(x) reshape
numpy RightShift()(x, y) right_shift
numpy Roll(shift, axis=None)(x) roll
numpy Rot90(k=1, axes=(0, 1))(array) rot90
numpy Round(decimals=0)(x) round
numpy SearchSorted(side='left')(sorted_sequence, values) -
numpy Select()(condlist, choicelist, default=0) select
numpy Sign()(x) sign
numpy Signbit()(x) signbit
numpy Sin()(x) sin
numpy Sinc()(x) sinc
numpy Sinh()(x) sinh
numpy Size()(x) size
numpy Slogdet()(x) slogdet
numpy Sort(axis=-1)(x) sort
numpy Split(indices_or_sections, axis=0)(x) split
numpy Sqrt()(x) sqrt
numpy Square()(x) square
numpy Squeeze(axis=None)(x) squeeze
numpy Stack(axis=0)(x) stack
numpy Std(axis=None, keepdims=False)(x) std
numpy Subtract()(x1, x2) subtract
numpy Sum(axis=None, keepdims=False)(x) sum
numpy Swapaxes(axis1, axis2)(x) swapaxes
numpy Take(axis=None)(x, indices) take
numpy TakeAlongAxis(axis=None)(x, indices) take_along_axis
numpy Tan()(x) tan
numpy Tanh()(x) tanh
numpy Tensordot(axes=2)(x1, x2) tensordot
numpy Tile(repeats)(x) tile
numpy Trace(offset=0, axis1=0, axis2=1)(x) trace
numpy Transpose(axes=None)(x) transpose
numpy Trapezoid(x=None, dx=1.0, axis=-1)(y) trapezoid
numpy Tril(k=0)(x) tril
numpy Triu(k=0)(x) triu
numpy TrueDivide()(x1, x2) true_divide
numpy Trunc()(x) trunc
numpy Unique(sorted=True, return_index=False, return_inverse=False, return_counts=False,
    axis=None, size=None, fill_value=None)(x) unique
numpy UnravelIndex(shape)(indices) unravel_index
numpy Vander(N=None, increasing=False)(x) vander
numpy Var(axis=None, keepdims=False)(x) var
numpy Vdot()(x1, x2) vdot
numpy View(dtype=None)(x) view
numpy Vsplit(indices_or_sections)(x) vsplit
numpy Vstack()(xs) vstack
numpy Where()(condition, x1=None, x2=None) where
numpy ZerosLike(dtype=None)(x) zeros_like
"""
