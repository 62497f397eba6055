/** `T.signal`: pooling, and convolutions of single images. */
import { signalConv2d } from "./nnet/convsignal.ts";
import { maxPool2dSameSize, pool2d, pool3d } from "./nnet/pool.ts";

/** Theano's module `signal`. */
export const signal = { pool: { pool2d, pool3d, maxPool2dSameSize }, conv: { conv2d: signalConv2d } };
