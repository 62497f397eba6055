/** Flags 5–26 of the list: devices, CUDA and cuDNN. */
import { cudaRoot, inside } from "../computed.ts";
import { bool, choice, commandOptions, contextMap, device, float, notNegative, removed, text } from "../kinds.ts";
import { flag } from "../spec.ts";

const chosenAtRunTime = ["guess_once", "guess_on_shape_change", "time_once", "time_on_shape_change"] as const;

const useInstead = (replacement: string) => (name: string) =>
  `The option \`${name}\` has been removed and should not be used anymore. Please use ${replacement} instead.`;
const bothBackwardAlgorithms = "the options `dnn.conv.algo_bwd_filter` and `dnn.conv.algo_bwd_data`";

export const devices = [
  flag("device", device("cpu"), {
    default: "cpu",
    mutable: false,
    effective: true,
    doc: "The device that computes. This version computes on cpu only: another device is accepted, and has no effect but an error when force_device is True.",
  }),
  flag("init_gpu_device", device(""), {
    default: "",
    mutable: false,
    doc: "A GPU to initialize while computations stay on the CPU.",
  }),
  flag("force_device", bool(), {
    default: false,
    mutable: false,
    effective: true,
    doc: "Make it an error, not a warning, when the chosen device cannot be used.",
  }),
  flag("conv.assert_shape", bool(), {
    default: false,
    doc: "Check at run time that convolutions get the shapes that were declared.",
  }),
  flag("print_global_stats", bool(), {
    default: false,
    effective: true,
    doc: "Print the time spent in all functions when the process ends.",
  }),
  flag("contexts", contextMap(), {
    default: "",
    mutable: false,
    doc: 'Names for several GPUs, as name->device with ";" between items: "left->cuda0;right->cuda1". A name may not be cpu or start with cuda or opencl.',
  }),
  flag("print_active_device", bool(), {
    default: true,
    mutable: false,
    doc: "Announce the GPU when it is initialized.",
  }),
  flag("enable_initial_driver_test", bool(), {
    default: true,
    mutable: false,
    doc: "Probe the NVIDIA driver when a GPU is initialized.",
  }),
  flag("cuda.root", text(), {
    default: cudaRoot,
    doc: "The directory of the CUDA toolkit. Default: CUDA_ROOT or CUDA_PATH of the environment, else found through nvcc.",
  }),
  flag("cuda.include_path", text(), {
    default: inside("cuda.root", "include"),
    doc: "The directory of CUDA's headers. Default: include below cuda.root.",
  }),
  flag("nvcc.flags", commandOptions(), {
    default: "",
    doc: 'More options for nvcc; each starts with "-" and holds no space.',
  }),
  flag("nvcc.compiler_bindir", text(), {
    default: "",
    doc: "Where nvcc looks for the host's C++ compiler.",
  }),
  flag("nvcc.fastmath", bool(), {
    default: false,
    doc: "Let nvcc trade accuracy for speed.",
  }),
  flag("gpuarray.sync", bool(), {
    default: false,
    doc: "Wait for each GPU operation to end, so that profiles blame the right one.",
  }),
  flag("gpuarray.preallocate", float(notNegative), {
    default: 0,
    doc: "GPU memory to reserve at the start: 0 none, up to 1 a fraction of all of it, above 1 megabytes.",
  }),
  flag("gpuarray.sched", choice(["default", "multi", "single"]), {
    default: "default",
    doc: "Whether waiting for the GPU yields to other threads (multi) or spins (single).",
  }),
  flag("gpuarray.single_stream", bool(), {
    default: true,
    doc: "Run everything in one GPU stream.",
  }),
  flag("dnn.conv.workmem", removed(useInstead("the option `dnn.conv.algo_fwd`")), {
    default: true,
    mutable: false,
    doc: "Removed: use dnn.conv.algo_fwd.",
  }),
  flag("dnn.conv.workmem_bwd", removed(useInstead(bothBackwardAlgorithms)), {
    default: true,
    mutable: false,
    doc: "Removed: use dnn.conv.algo_bwd_filter and dnn.conv.algo_bwd_data.",
  }),
  flag("dnn.conv.algo_bwd", removed(useInstead(bothBackwardAlgorithms)), {
    default: true,
    mutable: false,
    doc: "Removed: use dnn.conv.algo_bwd_filter and dnn.conv.algo_bwd_data.",
  }),
  flag(
    "dnn.conv.algo_fwd",
    choice(["small", "none", "large", "fft", "fft_tiling", ...chosenAtRunTime, "winograd", "winograd_non_fused"]),
    { default: "small", doc: "cuDNN's algorithm for convolutions." },
  ),
  flag(
    "dnn.conv.algo_bwd_data",
    choice(["none", "deterministic", "fft", "fft_tiling", "winograd", "winograd_non_fused", ...chosenAtRunTime]),
    { default: "none", doc: "cuDNN's algorithm for a convolution's gradient with respect to its input." },
  ),
  flag(
    "dnn.conv.algo_bwd_filter",
    choice(["none", "deterministic", "fft", "small", ...chosenAtRunTime, "winograd_non_fused", "fft_tiling"]),
    { default: "none", doc: "cuDNN's algorithm for a convolution's gradient with respect to its filters." },
  ),
  flag("dnn.conv.precision", choice(["as_input", "float16", "float32", "float64", "as_input_f32"]), {
    default: "as_input",
    doc: "The precision in which cuDNN's convolutions accumulate.",
  }),
  flag("dnn.base_path", text(), {
    default: (context) => String(context.get("cuda.root")),
    doc: "The directory in which cuDNN is installed. Default: cuda.root.",
  }),
  flag("dnn.include_path", text(), {
    default: inside("cuda.root", "include"),
    doc: "The directory of cuDNN's header. Default: include below cuda.root.",
  }),
  flag("dnn.library_path", text(), {
    default: inside("cuda.root", "lib64"),
    doc: "The directory of cuDNN's library. Default: lib64 below cuda.root.",
  }),
  flag("dnn.bin_path", text(), {
    default: inside("dnn.base_path", "bin"),
    doc: "The directory of cuDNN's programs. Default: bin below dnn.base_path.",
  }),
  flag("dnn.enabled", choice(["auto", "True", "False", "no_check"]), {
    default: "auto",
    doc: "Use cuDNN if it is there (auto), always (True) or never (False); no_check trusts that it is there.",
  }),
  flag("magma.include_path", text(), { default: "", doc: "The directory of MAGMA's headers." }),
  flag("magma.library_path", text(), { default: "", doc: "The directory of MAGMA's library." }),
  flag("magma.enabled", bool(), { default: false, doc: "Use MAGMA for linear algebra on the GPU." }),
  flag("assert_no_cpu_op", choice(["ignore", "warn", "raise", "pdb"]), {
    default: "ignore",
    doc: "What to do when a graph that was moved to a GPU still holds an op of the CPU.",
  }),
] as const;
