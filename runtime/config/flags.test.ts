import { describe, expect, test } from "vitest";
import { FLAGS } from "./flags.ts";

/** Name and kind of the 123 flags that Theano of January 2016 lists with a GPU, in its order. */
const OF_THEANO = `
  floatX:enum warn_float64:enum cast_policy:enum int_division:enum device:device init_gpu_device:device
  force_device:bool contexts:map print_active_device:bool enable_initial_driver_test:bool cuda.root:str
  nvcc.flags:cfg nvcc.compiler_bindir:str nvcc.fastmath:bool gpuarray.sync:bool gpuarray.preallocate:float
  dnn.conv.workmem:cfg dnn.conv.workmem_bwd:cfg dnn.conv.algo_bwd:cfg dnn.conv.algo_fwd:enum
  dnn.conv.algo_bwd_data:enum dnn.conv.algo_bwd_filter:enum dnn.conv.precision:enum dnn.include_path:str
  dnn.library_path:str assert_no_cpu_op:enum mode:enum cxx:str linker:enum allow_gc:bool optimizer:enum
  optimizer_verbose:bool on_opt_error:enum home:cfg nocleanup:bool on_unused_input:enum tensor.cmp_sloppy:int
  tensor.local_elemwise_fusion:bool gpu.local_elemwise_fusion:bool lib.amdlibm:bool gpuelemwise.sync:bool
  traceback.limit:int experimental.mrg:bool experimental.unpickle_gpu_on_cpu:bool numpy.seterr_all:enum
  numpy.seterr_divide:enum numpy.seterr_over:enum numpy.seterr_under:enum numpy.seterr_invalid:enum
  warn.ignore_bug_before:enum warn.argmax_pushdown_bug:bool warn.gpusum_01_011_0111_bug:bool
  warn.sum_sum_bug:bool warn.sum_div_dimshuffle_bug:bool warn.subtensor_merge_bug:bool
  warn.gpu_set_subtensor1:bool warn.vm_gc_bug:bool warn.signal_conv2d_interface:bool warn.reduce_join:bool
  warn.inc_set_subtensor1:bool compute_test_value:enum print_test_value:bool compute_test_value_opt:enum
  unpickle_function:bool reoptimize_unpickled_function:bool exception_verbosity:enum openmp:bool
  openmp_elemwise_minsize:int check_input:bool cache_optimizations:bool unittests.rseed:str compile.wait:int
  compile.timeout:int compiledir_format:str base_compiledir:cfg compiledir:cfg cmodule.mac_framework_link:bool
  cmodule.warn_no_version:bool cmodule.remove_gxx_opt:bool cmodule.compilation_warning:bool
  cmodule.preload_cache:bool gcc.cxxflags:str metaopt.verbose:bool optdb.position_cutoff:float
  optdb.max_use_ratio:float profile:bool profile_optimizer:bool profile_memory:bool vm.lazy:cfg
  optimizer_excluding:str optimizer_including:str optimizer_requiring:str DebugMode.patience:int
  DebugMode.check_c:bool DebugMode.check_py:bool DebugMode.check_finite:bool DebugMode.check_strides:int
  DebugMode.warn_input_not_reused:bool DebugMode.check_preallocated_output:str
  DebugMode.check_preallocated_output_ndim:int profiling.time_thunks:bool profiling.n_apply:int
  profiling.n_ops:int profiling.output_line_width:int profiling.min_memory_size:int
  profiling.min_peak_memory:bool profiling.destination:str profiling.debugprint:bool
  ProfileMode.n_apply_to_print:int ProfileMode.n_ops_to_print:int ProfileMode.min_memory_size:int
  ProfileMode.profile_memory:bool on_shape_error:enum tensor.insert_inplace_optimizer_validate_nb:int
  experimental.local_alloc_elemwise:bool experimental.local_alloc_elemwise_assert:bool blas.ldflags:str
  warn.identify_1pexp_bug:bool scan.allow_gc:bool scan.allow_output_prealloc:bool pycuda.init:bool
  cublas.lib:str lib.cnmem:float
`
  .trim()
  .split(/\s+/);

describe("the table of flags", () => {
  const ours: readonly string[] = FLAGS.map(({ name, type }) => `${name}:${type.kind}`);

  test("holds the 123 flags of Theano with their kinds and in their order", () => {
    expect(OF_THEANO).toHaveLength(123);
    expect(ours.filter((flag) => OF_THEANO.includes(flag))).toEqual(OF_THEANO);
  });

  test("has each name once, also when case is ignored as in files", () => {
    expect(new Set(FLAGS.map(({ name }) => name.toLowerCase())).size).toBe(FLAGS.length);
  });

  test.each(FLAGS.map((spec) => [spec.name, spec] as const))(
    "%s has a doc of whole sentences on one line",
    (_, spec) => {
      expect(spec.doc).toMatch(/^\S[^\n]*[.)]$/);
    },
  );
});
