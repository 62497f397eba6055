import { describe, expect, test } from "vitest";
import { PythonProgram } from "./program.ts";
import { repr } from "./values.ts";

const IMPORTS = "import numpy as np\nimport theano\nimport theano.tensor as T\n";

function printed(source: string): string {
  const program = new PythonProgram();
  const failure = program.run(IMPORTS + source);
  if (failure !== null) throw failure.error;
  return program.stdout.trimEnd();
}

describe("expressions", () => {
  test.each([
    ["-2 ** 2, 7 // -2, -7 % 3, 1 / 2, 2 ** -1", "(-4, -4, 2, 0.5, 0.5)"],
    ["2 ** 70, 10 ** 20 - 1", "(1180591620717411303424, 99999999999999999999)"],
    ["1 < 2 < 3, not 1 in [2], 'a' 'b'", "(True, True, 'ab')"],
    ["[x * y for x in range(3) for y in (1, 2) if x != y]", "[0, 0, 2, 2]"],
    ["{k: v for k, v in zip('ab', [1., 2])}", "{'a': 1.0, 'b': 2}"],
    ["(lambda a, *b, c=3, **d: (a, b, c, d))(1, 2, e=4)", "(1, (2,), 3, {'e': 4})"],
    ["[1, 2, 3][::-1], 'abc'[-2:], (1,) + (2,)", "([3, 2, 1], 'bc', (1, 2))"],
    ["'%05.2f|%-4s|' % (3.14159, 'a'), '{:>4}'.format(7)", "('03.14|a   |', '   7')"],
    ["f'{1 + 1}{\"x\"!r}'", "\"2'x'\""],
    ["sorted([3, 1, 2], key=lambda x: -x), max(1, 2.5), sum([1, 2])", "([3, 2, 1], 2.5, 3)"],
    ["1e16, 1e-5, 0.1, float('nan'), 1.", "(1e+16, 1e-05, 0.1, nan, 1.0)"],
  ])("gives %s the value %s", (source, shown) => {
    expect(repr(new PythonProgram().evaluate(source))).toBe(shown);
  });
});

describe("calls of the runtime", () => {
  test.each([
    ["positional options", "T.tril(np.ones((2, 2)), -1)", "[[0. 0.]\n [1. 0.]]"],
    ["keywords for plain parameters", "T.clip(np.array([-2., 0., 3.]), min=-1., max=1.)", "[-1.  0.  1.]"],
    ["keywords of methods", "T.constant(np.array([-2., 3.])).clip(a_min=-1., a_max=1.)", "[-1.  1.]"],
    ["a list of variables for a tensor", "T.sum([T.ones(2), T.ones(2)], axis=0)", "[2. 2.]"],
    ["an index of no positions", "T.ones((3,))[[]]", "[]"],
    ["the order as a tuple", "T.ones((2, 1)).dimshuffle((1, 0))", "[[1. 1.]]"],
  ])("take %s", (_, call, shown) => {
    expect(printed(`print((${call}).eval())`)).toBe(shown);
  });

  test("say which argument has no name", () => {
    expect(() => printed("T.nonzero(np.ones(2), True, 3)")).toThrow(/of which argument 3 is an option/);
  });
});

describe("statements", () => {
  test("runs functions with closures, defaults and global names", () => {
    const source = `
count = 0
def counter(step=2):
    def go():
        global count
        count += step
        return count
    return go
go = counter()
go()
print(go(), count)
`;
    expect(printed(source)).toBe("4 4");
  });

  test("runs loops with break and else, and unpacks", () => {
    const source = `
for i, (a, *b) in enumerate([(1, 2, 3), (4,)]):
    print(i, a, b)
else:
    print('done')
while True:
    break
`;
    expect(printed(source)).toBe("0 1 [2, 3]\n1 4 []\ndone");
  });

  test("runs classes with methods of Python's names", () => {
    const source = `
class Base(object):
    kind = 'base'
    def __init__(self, x):
        self.x = x
    def __add__(self, other):
        return self.x + other
class Derived(Base):
    def __repr__(self):
        return '%s %d' % (self.kind, self.x)
d = Derived(3)
print(d, d + 1, isinstance(d, Base))
`;
    expect(printed(source)).toBe("base 3 4 True");
  });

  test("handles errors by their classes", () => {
    const source = `
class Mine(ValueError):
    pass
def fail(error):
    try:
        raise error
    except (KeyError, ValueError) as e:
        return type(e).__name__, str(e)
    finally:
        print('finally')
print(fail(Mine('a')), fail(KeyError('k')))
`;
    expect(printed(source)).toBe("finally\nfinally\n('Mine', 'a') ('KeyError', 'k')");
  });

  test("says in which line a program failed, and what it was", () => {
    const failure = new PythonProgram().run("x = 1\ndef f():\n    return x[0]\n\nf()\n");
    expect([failure?.line, failure?.error.message]).toEqual([3, "'int' object is not subscriptable"]);
  });
});

describe("programs over the runtime", () => {
  test("draw NumPy's numbers", () => {
    // Those of NumPy 1.24.
    expect(printed("print(np.random.RandomState(42).rand(2))")).toBe("[0.37454012 0.95071431]");
    expect(printed("print(np.random.RandomState(0).randint(0, 10, 5))")).toBe("[5 0 3 3 7]");
    expect(printed("print(np.random.RandomState(0).permutation(5))")).toBe("[2 0 1 3 4]");
    expect(printed("print(np.random.RandomState(0).randn(2))")).toBe("[1.76405235 0.40015721]");
  });

  test("compile and call functions, with updates", () => {
    const source = `
s = theano.shared(1., name='s')
x = T.dvector('x')
f = theano.function([x], (x * s).sum(), updates=[(s, s + 1)])
print(f([1, 2]), f(x=[1, 2]), s.get_value())
`;
    expect(printed(source)).toBe("3.0 6.0 3.0");
  });

  test("may define ops of their own, with gradients", () => {
    const source = `
class Double(theano.Op):
    __props__ = ()
    def make_node(self, x):
        return theano.Apply(self, [x], [x.type()])
    def perform(self, node, inputs, storage):
        storage[0][0] = inputs[0] * 2
    def grad(self, inputs, gradients):
        return [gradients[0] * 2]
x = T.dvector('x')
y = Double()(x)
print(y, theano.function([x], [y, T.grad((y ** 2).sum(), x)])([1., 2.]))
`;
    expect(printed(source)).toBe("Double.0 [array([2., 4.]), array([ 8., 16.])]");
  });

  test("leave their file and line with what they make", () => {
    const program = new PythonProgram();
    program.run("import theano.tensor as T\n\nx = T.dvector('x')\n");
    const x = program.scope.get("x");
    expect(x).toHaveProperty("origin.frame.file", "program.py");
    expect(x).toHaveProperty("origin.frame.line", 3);
  });
});
