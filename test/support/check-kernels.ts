/** Every kernel that a test makes is verified after each pass over it. */
import { config } from "../../runtime/config/index.ts";

config.loop_ir.check = true;
