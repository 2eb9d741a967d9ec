//! `$literal` and `$rand`.

use super::evaluate::{Call, Node, Prepared, Scope};
use super::parse::{Arguments, Operator, Parser};
use super::value::Value;
use super::{Answer, error};
use crate::error::Result;
use crate::value::{ValueRef, tag};
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$literal", arguments: Arguments::Own(parse_literal), run: literal },
    Operator { name: "$rand", arguments: Arguments::Own(parse_rand), run: rand },
];

fn parse_literal(_: &mut Parser<'_>, operator: &'static Operator, operand: ValueRef<'_>) -> Result<Call> {
    let arguments = vec![Some(Node::Literal(operand.to_owned()))];
    Ok(Call { operator, arguments, prepared: Prepared::Nothing })
}

fn literal<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    call.argument(0, scope)
}

fn parse_rand(_: &mut Parser<'_>, operator: &'static Operator, operand: ValueRef<'_>) -> Result<Call> {
    let is_empty = match operand.tag {
        tag::DOCUMENT | tag::ARRAY => operand.bytes.len() <= 5,
        _ => return Err(error(10065, "invalid parameter: expected an object ($rand)")),
    };
    if !is_empty {
        return Err(error(3040501, "$rand does not currently accept arguments"));
    }
    Ok(Call { operator, arguments: Vec::new(), prepared: Prepared::Nothing })
}

fn rand<'a>(_: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    /// How often a number was asked for, so that no two answers are alike.
    static ASKED: AtomicU64 = AtomicU64::new(0);
    let context = scope.environment.context;
    let asked = ASKED.fetch_add(1, Ordering::Relaxed);
    let seed = (context.now_ms as u64) ^ u64::from(context.timestamp.1).rotate_left(32);
    // SplitMix64: <https://prng.di.unimi.it/splitmix64.c>.
    let mut bits = seed.wrapping_add(asked.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^= bits >> 31;
    Ok(Some(Value::double((bits >> 11) as f64 / (1u64 << 53) as f64)))
}
