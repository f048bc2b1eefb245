//! What is computed on residues place by place: alone (`|m, own|`) and in lanes (`|m, lanes, own|`).

use super::{Lanes, Op, Splats};
use crate::modulus::{Factor, Modulus};

macro_rules! ops {
    ($(
        $(#[$doc:meta])*
        $name:ident($field:ty), $k:literal, $args:pat_param =>
        |$m:ident, $own:ident| $one:expr, |$v:ident, $lanes:ident, $all:ident| $many:expr;
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $name(pub(crate) $field);

        impl Op<$k> for $name {
            #[inline(always)]
            fn one(self, $m: &Modulus, $args: [u64; $k]) -> u64 {
                let Self($own) = self;
                $one
            }

            #[inline(always)]
            fn many<const W: usize, L: Lanes<W>>(
                self,
                $lanes: L,
                $v: &Splats<L::Ints, L::Floats>,
                $args: [L::Ints; $k],
            ) -> L::Ints {
                let Self($all) = self;
                $many
            }
        }
    )*};
}

ops! {
    Negate(()), 1, [x] =>
        |m, _own| m.negate(x),
        |m, lanes, _own| lanes.less(lanes.sub(m.q, x), m.q);
    AddScalar(u64), 1, [x] =>
        |m, w| m.add(x, w),
        |m, lanes, w| lanes.less(lanes.add(x, lanes.splat(w)), m.q);
    Add(()), 2, [x, y] =>
        |m, _own| m.add(x, y),
        |m, lanes, _own| lanes.less(lanes.add(x, y), m.q);
    Sub(()), 2, [x, y] =>
        |m, _own| m.sub(x, y),
        |m, lanes, _own| lanes.less(lanes.sub(lanes.add(x, m.q), y), m.q);
    Mul(()), 2, [x, y] =>
        |m, _own| m.mul(x, y),
        |m, lanes, _own| lanes.reduce(lanes.product(lanes.start(lanes.splat(0)), x, y, m), m);
    /// y·z.
    MulInto(()), 3, [_x, y, z] =>
        |m, _own| m.mul(y, z),
        |m, lanes, _own| lanes.reduce(lanes.product(lanes.start(lanes.splat(0)), y, z, m), m);
    /// x + y·z.
    MulAdd(()), 3, [x, y, z] =>
        |m, _own| m.mul_add(y, z, x),
        |m, lanes, _own| lanes.reduce(lanes.product(lanes.start(x), y, z, m), m);
    /// x − y·z.
    MulSub(()), 3, [x, y, z] =>
        |m, _own| m.sub(x, m.mul(y, z)),
        |m, lanes, _own| lanes.reduce(lanes.product(lanes.start(x), lanes.sub(m.q, y), z, m), m);
    /// x·w.
    Scale(Factor), 1, [x] =>
        |m, w| m.times(x, w),
        |m, lanes, w| lanes.reduce(lanes.product(lanes.start(lanes.splat(0)), x, lanes.splat(w.value), m), m);
    /// x + y·w.
    ScaleAdd(Factor), 2, [x, y] =>
        |m, w| m.add(x, m.times(y, w)),
        |m, lanes, w| lanes.reduce(lanes.product(lanes.start(x), y, lanes.splat(w.value), m), m);
    /// (x − y)·w.
    SubScale(Factor), 2, [x, y] =>
        |m, w| m.times(m.sub(x, y), w),
        |m, lanes, w| {
            let less = lanes.less(lanes.sub(lanes.add(x, m.q), y), m.q);
            lanes.reduce(lanes.product(lanes.start(lanes.splat(0)), less, lanes.splat(w.value), m), m)
        };
    /// Of any word.
    Reduce(()), 1, [x] =>
        |m, _own| m.reduce(x),
        |m, lanes, _own| m.word(lanes, x);
    /// Of any word y.
    ReduceFrom(()), 2, [_x, y] =>
        |m, _own| m.reduce(y),
        |m, lanes, _own| m.word(lanes, y);
    /// y − s, of any word y.
    ReduceShifted(u64), 2, [_x, y] =>
        |m, s| m.sub(m.reduce(y), s),
        |m, lanes, s| lanes.less(lanes.sub(lanes.add(m.word(lanes, y), m.q), lanes.splat(s)), m.q);
    /// x + y, which may wrap.
    SumLazy(()), 2, [x, y] =>
        |_m, _own| x.wrapping_add(y),
        |_m, lanes, _own| lanes.add(x, y);
}
