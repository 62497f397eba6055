"""The public conformance suite, jupyter_kernel_test, on the Theanotes kernel: every part that the kernel offers."""

import jupyter_kernel_test


class TheanotesKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "theanotes"
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    code_generate_error = "throw new Error('on purpose')"
    code_inspect_sample = "Math.max"
    code_page_something = "%theano_flags floatX?"
    code_clear_output = "clearOutput()"

    completion_samples = [
        {"text": "const one = { apple: 1, avocado: 2, banana: 3 }; one.a", "matches": {"apple", "avocado"}},
        {"text": "Math.hyp", "matches": {"hypot"}},
    ]
    complete_code_samples = ["1", "const x = 1", "function f(n: number) {\n  return n * 2;\n}", "%lsmagic"]
    incomplete_code_samples = ["function f(n: number) {", "const x =", "[1, 2,", "`text"]
    invalid_code_samples = ["const = 3", "let 5x", "1 +* 2"]

    code_execute_result = [
        {"code": "1 + 2 + 3", "result": "6"},
        {"code": "[1, 2, 3].map((n) => n * n)", "result": "[ 1, 4, 9 ]"},
        {"code": "await Promise.resolve('awaited')", "result": "'awaited'"},
    ]
    code_display_data = [
        {"code": "display(html`<b>bold</b>`)", "mime": "text/html"},
        {"code": "display(md`# title`)", "mime": "text/markdown"},
        {"code": "display(svg`<svg xmlns=\"http://www.w3.org/2000/svg\"/>`)", "mime": "image/svg+xml"},
    ]

    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "*map*"

    def test_inspects_what_a_cell_declared(self):
        self.flush_channels()
        self.execute_helper(code="const answer: number = 42")
        self.kc.inspect("answer", 3)
        reply = self.get_non_kernel_info_reply()
        self.assertTrue(reply["content"]["found"])
        self.assertIn("answer", reply["content"]["data"]["text/plain"])


class TheanotesWelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "theanotes"
    support_iopub_welcome = True

