//! Functions of decimals beyond sums and products, calculated with more digits than a result keeps.
//!
//! The invariant: every result is rounded to 34 digits once, half to even.

use crate::value::Decimal;
use dec::{Context, Rounding};

/// Ninety digits: what the functions calculate with.
pub(super) type Wide = dec::Decimal<30>;

const DIGITS: usize = 84;
const EXPONENT_MAX: isize = 999_999;
const PI: &str = "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803";

pub(super) fn context() -> Context<Wide> {
    let mut context = Context::<Wide>::default();
    // DIGITS is within what ninety digits hold, so this cannot fail.
    let _ = context.set_precision(DIGITS);
    // exp, ln and log10 refuse to work with exponents beyond these.
    let _ = context.set_max_exponent(EXPONENT_MAX);
    let _ = context.set_min_exponent(-EXPONENT_MAX);
    context
}

/// `function` of `value`.
pub(super) fn apply(value: Decimal, function: impl FnOnce(&mut Context<Wide>, &mut Wide)) -> Decimal {
    let mut wide = Wide::from(value.to_dec());
    function(&mut context(), &mut wide);
    narrow(&wide)
}

fn narrow(wide: &Wide) -> Decimal {
    Decimal::from_dec(Context::<dec::Decimal128>::default().from_decimal(wide))
}

fn of_128(
    left: Decimal,
    right: Decimal,
    function: impl FnOnce(&mut Context<dec::Decimal128>, dec::Decimal128, dec::Decimal128) -> dec::Decimal128,
) -> Decimal {
    let mut context = Context::<dec::Decimal128>::default();
    Decimal::from_dec(function(&mut context, left.to_dec(), right.to_dec()))
}

pub(super) fn subtract(left: Decimal, right: Decimal) -> Decimal {
    of_128(left, right, Context::<dec::Decimal128>::sub)
}

pub(super) fn divide(left: Decimal, right: Decimal) -> Decimal {
    of_128(left, right, Context::<dec::Decimal128>::div)
}

/// What remains of a division, with the sign of `left`.
pub(super) fn remainder(left: Decimal, right: Decimal) -> Decimal {
    if matches!(right, Decimal::Infinity { .. }) && matches!(left, Decimal::Finite { .. }) {
        return left;
    }
    // The quotient may have more digits than a decimal, which `rem` does not like.
    let near = of_128(left, right, Context::<dec::Decimal128>::rem);
    if near != Decimal::NaN || left == Decimal::NaN || right == Decimal::NaN || right.is_zero() {
        return near;
    }
    match (left, right) {
        (
            Decimal::Finite { negative, coefficient: mut rest, exponent: mut at },
            Decimal::Finite { coefficient: divisor, exponent, .. },
        ) if at >= exponent => {
            rest %= divisor;
            while at > exponent {
                // Below 10^35, so it fits.
                rest = rest * 10 % divisor;
                at -= 1;
            }
            Decimal::Finite { negative, coefficient: rest, exponent }
        }
        _ => near,
    }
}

pub(super) fn negate(value: Decimal) -> Decimal {
    match value {
        Decimal::Finite { negative, coefficient, exponent } => {
            Decimal::Finite { negative: !negative, coefficient, exponent }
        }
        Decimal::Infinity { negative } => Decimal::Infinity { negative: !negative },
        Decimal::NaN => Decimal::NaN,
    }
}

/// `value` with exactly so many digits behind the point, as far as a decimal has room for them.
pub(super) fn quantized(value: Decimal, places: i32, rounding: Rounding) -> Decimal {
    let Decimal::Finite { coefficient, exponent, .. } = value else { return value };
    if exponent < -places {
        return rounded(value, places, rounding);
    }
    let digits = coefficient.checked_ilog10().map_or(1, |digits| digits as i32 + 1);
    let exponent = (-places).max(exponent - (34 - digits)).min(exponent);
    let mut context = Context::<dec::Decimal128>::default();
    let unit = Decimal::Finite { negative: false, coefficient: 1, exponent };
    let result = Decimal::from_dec(context.quantize(value.to_dec(), unit.to_dec()));
    if result == Decimal::NaN { value } else { result }
}

/// `value` without digits below `10^-places`.
pub(super) fn rounded(value: Decimal, places: i32, rounding: Rounding) -> Decimal {
    let Decimal::Finite { negative, coefficient, exponent } = value else { return value };
    if exponent >= -places && places >= 0 {
        return value;
    }
    if coefficient == 0 {
        return Decimal::Finite { negative, coefficient, exponent: exponent.max(-places) };
    }
    let mut context = Context::<dec::Decimal128>::default();
    context.set_rounding(rounding);
    let unit = Decimal::Finite { negative: false, coefficient: 1, exponent: -places };
    let result = Decimal::from_dec(context.quantize(value.to_dec(), unit.to_dec()));
    // Not to be quantized: there are more digits above the place than a decimal has, so nothing is below it.
    if result == Decimal::NaN { value } else { result }
}

fn constant(text: &str) -> Wide {
    context().parse(text).unwrap_or_else(|_| Wide::nan())
}

pub(super) fn pi() -> Wide {
    constant(PI)
}

/// The sum of a series that `next` continues until its terms no longer count.
fn series(
    context: &mut Context<Wide>,
    first: Wide,
    mut next: impl FnMut(&mut Context<Wide>, &mut Wide, u32),
) -> Wide {
    let (mut sum, mut term) = (first, first);
    for step in 1..400 {
        next(context, &mut term, step);
        let before = sum;
        context.add(&mut sum, &term);
        if sum == before {
            break;
        }
    }
    sum
}

fn sine_of(context: &mut Context<Wide>, value: &Wide, cosine: bool) -> Wide {
    let mut turn = pi();
    context.mul(&mut turn, &Wide::from(2));
    let mut angle = *value;
    context.rem_near(&mut angle, &turn);
    let mut square = angle;
    context.mul(&mut square, &angle);
    context.minus(&mut square);
    let first = if cosine { Wide::from(1) } else { angle };
    series(context, first, |context, term, step| {
        context.mul(term, &square);
        let (low, high) = if cosine { (2 * step - 1, 2 * step) } else { (2 * step, 2 * step + 1) };
        context.div(term, &Wide::from(low * high));
    })
}

pub(super) fn sine(context: &mut Context<Wide>, value: &mut Wide) {
    *value = sine_of(context, value, false);
}

pub(super) fn cosine(context: &mut Context<Wide>, value: &mut Wide) {
    *value = sine_of(context, value, true);
}

pub(super) fn tangent(context: &mut Context<Wide>, value: &mut Wide) {
    let below = sine_of(context, value, true);
    sine(context, value);
    context.div(value, &below);
}

pub(super) fn arc_tangent(context: &mut Context<Wide>, value: &mut Wide) {
    if value.is_zero() || value.is_nan() {
        return;
    }
    let negative = value.is_negative();
    context.abs(value);
    let one = Wide::from(1);
    let mut half_pi = pi();
    context.div(&mut half_pi, &Wide::from(2));
    if value.is_infinite() {
        *value = half_pi;
    } else {
        let mut over = *value;
        context.sub(&mut over, &one);
        let inverted = !over.is_negative() && !over.is_zero();
        if inverted {
            let mut inverse = one;
            context.div(&mut inverse, value);
            *value = inverse;
        }
        // atan(x) = 2 atan(x / (1 + sqrt(1 + x²)))
        for _ in 0..3 {
            let mut root = *value;
            context.mul(&mut root, &value.clone());
            context.add(&mut root, &one);
            context.sqrt(&mut root);
            context.add(&mut root, &one);
            context.div(value, &root);
        }
        let mut square = *value;
        context.mul(&mut square, &value.clone());
        context.minus(&mut square);
        let mut power = *value;
        *value = series(context, *value, |context, term, step| {
            context.mul(&mut power, &square);
            *term = power;
            context.div(term, &Wide::from(2 * step + 1));
        });
        context.mul(value, &Wide::from(8));
        if inverted {
            let mut rest = half_pi;
            context.sub(&mut rest, value);
            *value = rest;
        }
    }
    if negative {
        context.minus(value);
    }
}

pub(super) fn arc_sine(context: &mut Context<Wide>, value: &mut Wide) {
    // asin(x) = atan(x / sqrt(1 - x²))
    let mut root = Wide::from(1);
    let mut square = *value;
    context.mul(&mut square, &value.clone());
    context.sub(&mut root, &square);
    if root.is_zero() {
        let mut half_pi = pi();
        context.div(&mut half_pi, &Wide::from(2));
        context.mul(value, &half_pi);
        return;
    }
    context.sqrt(&mut root);
    context.div(value, &root);
    arc_tangent(context, value);
}

pub(super) fn arc_cosine(context: &mut Context<Wide>, value: &mut Wide) {
    arc_sine(context, value);
    let mut result = pi();
    context.div(&mut result, &Wide::from(2));
    context.sub(&mut result, value);
    *value = result;
}

/// (e^x ± e^-x) / 2
fn hyperbolic(context: &mut Context<Wide>, value: &mut Wide, plus: bool) {
    let mut mirrored = *value;
    context.minus(&mut mirrored);
    context.exp(&mut mirrored);
    context.exp(value);
    if plus {
        context.add(value, &mirrored);
    } else {
        context.sub(value, &mirrored);
    }
    context.div(value, &Wide::from(2));
}

pub(super) fn hyperbolic_sine(context: &mut Context<Wide>, value: &mut Wide) {
    if value.is_zero() || value.is_infinite() {
        return;
    }
    hyperbolic(context, value, false);
}

pub(super) fn hyperbolic_cosine(context: &mut Context<Wide>, value: &mut Wide) {
    hyperbolic(context, value, true);
}

pub(super) fn hyperbolic_tangent(context: &mut Context<Wide>, value: &mut Wide) {
    if value.is_zero() {
        return;
    }
    // 1 - 2 / (e^2x + 1)
    context.mul(value, &Wide::from(2));
    context.exp(value);
    context.add(value, &Wide::from(1));
    let mut part = Wide::from(2);
    context.div(&mut part, value);
    *value = Wide::from(1);
    context.sub(value, &part);
}

/// ln(x + sqrt(x² + sign))
fn hyperbolic_arc(context: &mut Context<Wide>, value: &mut Wide, sign: i32) {
    let mut root = *value;
    context.mul(&mut root, &value.clone());
    context.add(&mut root, &Wide::from(sign));
    context.sqrt(&mut root);
    context.add(value, &root);
    context.ln(value);
}

pub(super) fn hyperbolic_arc_sine(context: &mut Context<Wide>, value: &mut Wide) {
    if value.is_zero() || value.is_infinite() {
        return;
    }
    let negative = value.is_negative();
    context.abs(value);
    hyperbolic_arc(context, value, 1);
    if negative {
        context.minus(value);
    }
}

pub(super) fn hyperbolic_arc_cosine(context: &mut Context<Wide>, value: &mut Wide) {
    if !value.is_infinite() {
        hyperbolic_arc(context, value, -1);
    }
}

pub(super) fn hyperbolic_arc_tangent(context: &mut Context<Wide>, value: &mut Wide) {
    if value.is_zero() {
        return;
    }
    // ln((1 + x) / (1 - x)) / 2
    let (mut above, mut below) = (Wide::from(1), Wide::from(1));
    context.add(&mut above, value);
    context.sub(&mut below, value);
    context.div(&mut above, &below);
    context.ln(&mut above);
    context.div(&mut above, &Wide::from(2));
    *value = above;
}

/// The angle of the point (x, y).
pub(super) fn arc_tangent_of(y: Decimal, x: Decimal) -> Decimal {
    if y == Decimal::NaN || x == Decimal::NaN {
        return Decimal::NaN;
    }
    let sign = |value: Decimal| match value {
        Decimal::Finite { negative, .. } | Decimal::Infinity { negative } => negative,
        Decimal::NaN => false,
    };
    let context = &mut context();
    let mut angle = match (y, x) {
        (Decimal::Infinity { .. }, Decimal::Infinity { .. }) => Wide::from(1),
        (_, Decimal::Infinity { .. }) => Wide::from(0),
        (Decimal::Infinity { .. }, _) => Wide::infinity(),
        (y, x) if x.is_zero() && y.is_zero() => Wide::from(0),
        (_, x) if x.is_zero() => Wide::infinity(),
        (y, x) => {
            let mut ratio = Wide::from(y.to_dec());
            context.div(&mut ratio, &Wide::from(x.to_dec()));
            ratio
        }
    };
    context.abs(&mut angle);
    arc_tangent(context, &mut angle);
    if sign(x) {
        let mut rest = pi();
        context.sub(&mut rest, &angle);
        angle = rest;
    }
    let angle = narrow(&angle);
    if sign(y) { negate(angle) } else { angle }
}
