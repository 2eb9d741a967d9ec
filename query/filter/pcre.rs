//! From PCRE, which MongoDB's patterns are written in, to the `regex` crate's language.
//!
//! The invariant: a pattern that translates matches the same strings; one that could not is refused with a
//! reason. Filters ask only whether a string matches, never where, so groups lose their names and quantifiers
//! their laziness; expressions ask where too ([`translate_places`]). Differences that remain carry the word
//! DIFFERENCE.

use std::iter::Peekable;
use std::str::Chars;

/// The options of a pattern that change what its signs mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    /// `i`
    pub(super) any_case: bool,
    /// `m`: `^` and `$` hold at every line.
    lines: bool,
    /// `s`: `.` takes newlines.
    dot_all: bool,
    /// `x`: whitespace and comments mean nothing.
    free: bool,
}

impl Flags {
    pub(super) fn of_options(options: &str) -> Flags {
        let mut flags = Flags::default();
        options.chars().for_each(|flag| flags.set(flag, true));
        flags
    }

    fn set(&mut self, flag: char, on: bool) {
        match flag {
            'i' => self.any_case = on,
            'm' => self.lines = on,
            's' => self.dot_all = on,
            'x' => self.free = on,
            _ => {}
        }
    }
}

const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Z_a-z";
const SPACE: &str = "\\t\\n\\x0B\\x0C\\r\\x20";
const UNICODE_DIGIT: &str = "\\p{Nd}";
const UNICODE_WORD: &str = "\\p{L}\\p{N}_";
const HORIZONTAL: &str = "\\t\\x20\\xA0\\x{1680}\\x{180E}\\x{2000}-\\x{200A}\\x{202F}\\x{205F}\\x{3000}";
const VERTICAL: &str = "\\n\\x0B\\x0C\\r\\x85\\x{2028}\\x{2029}";

/// Groups nest no deeper, so that the compiler behind stays within its stack.
const GROUPS_MAX: usize = 200;

type Reason = String;

/// Rewrites `pattern`, read under `flags`, for the `regex` crate (to be built with `any_case` as its flag).
pub(super) fn translate(pattern: &str, flags: Flags) -> Result<String, Reason> {
    translated(pattern, flags, false)
}

/// [`translate`], so that matches and groups are where PCRE finds them. A `$` is written as a group whose
/// name begins with [`END_GROUP`]: what it takes is no part of the match.
pub(super) fn translate_places(pattern: &str, flags: Flags) -> Result<String, Reason> {
    translated(pattern, flags, true)
}

/// How the names of the groups begin that stand for `$`.
pub(crate) const END_GROUP: &str = "__end";

fn translated(pattern: &str, flags: Flags, places: bool) -> Result<String, Reason> {
    let mut translator = Translator {
        rest: pattern.chars().peekable(),
        out: String::with_capacity(pattern.len() + 16),
        flags,
        groups: Vec::new(),
        last: Last::Nothing,
        ended: false,
        unicode_classes: false,
        places,
        ends: 0,
    };
    translator.settings()?;
    translator.run()?;
    Ok(translator.out)
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
    flags: Flags,
    /// The groups that are open.
    groups: Vec<Group>,
    last: Last,
    /// Whether a `$` that may stand before a last newline came before this place. It is written as
    /// `(?:\n?\z)`, which takes the newline, so nothing that could match from there on may follow.
    ended: bool,
    /// `(*UCP)`: classes and word boundaries speak of Unicode.
    unicode_classes: bool,
    /// Whether it is asked where matches and groups are.
    places: bool,
    /// How many `$` were written as groups.
    ends: usize,
}

/// What stands before a quantifier.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing that can be repeated.
    Nothing,
    Item,
    /// A group in which a `$` stands.
    GroupWithEnd,
}

struct Group {
    /// The flags to return to when the group closes.
    flags: Flags,
    /// Whether a `$` stood before the group.
    ended_before: bool,
    /// Whether one of the alternatives so far had a `$`.
    ended_within: bool,
}

impl Translator<'_> {
    /// Reads the settings a pattern may begin with: `(*UTF)`, which always holds, and `(*UCP)`.
    fn settings(&mut self) -> Result<(), Reason> {
        loop {
            let mut ahead = self.rest.clone();
            if ahead.next() != Some('(') || ahead.next() != Some('*') {
                return Ok(());
            }
            let name: String = ahead.by_ref().take_while(|sign| *sign != ')').collect();
            match name.as_str() {
                "UTF" | "UTF8" => {}
                "UCP" => self.unicode_classes = true,
                _ => return Err("the verb that the pattern begins with is not supported yet".into()),
            }
            self.rest = ahead;
        }
    }

    fn run(&mut self) -> Result<(), Reason> {
        while let Some(sign) = self.rest.next() {
            match sign {
                '\\' => self.escape()?,
                '[' => {
                    let class = self.class()?;
                    self.item(&class)?;
                }
                '(' => self.open()?,
                ')' => self.close()?,
                '|' => self.alternative(),
                // DIFFERENCE: under `m`, PCRE's `^` does not hold behind a newline that ends the string.
                '^' if self.flags.lines => self.assertion("(?m:^)")?,
                '^' => self.assertion("\\A")?,
                '$' if self.flags.lines => self.assertion("(?m:$)")?,
                '$' => self.end(),
                '.' if self.flags.dot_all => self.item("(?s:.)")?,
                '.' => self.item("[^\\n]")?,
                '*' | '+' | '?' => self.quantifier(sign.to_string().as_str())?,
                '{' => match self.counts() {
                    Some(counts) => self.quantifier(&counts)?,
                    None => self.literal('{')?,
                },
                ' ' | '\t' | '\n' | '\r' | '\x0B' | '\x0C' if self.flags.free => {}
                '#' if self.flags.free => while self.rest.next().is_some_and(|sign| sign != '\n') {},
                other => self.literal(other)?,
            }
        }
        if self.groups.is_empty() { Ok(()) } else { Err("missing closing parenthesis".into()) }
    }

    /// Something that takes characters.
    fn item(&mut self, translated: &str) -> Result<(), Reason> {
        if self.ended {
            return Err("a pattern that goes on behind $ is not supported yet".into());
        }
        self.out.push_str(translated);
        self.last = Last::Item;
        Ok(())
    }

    fn assertion(&mut self, translated: &str) -> Result<(), Reason> {
        self.item(translated)?;
        self.last = Last::Nothing;
        Ok(())
    }

    fn literal(&mut self, sign: char) -> Result<(), Reason> {
        // Behind `$` only a newline could stand: a sign that has to be there makes the alternative match nothing.
        let optional = matches!(self.rest.peek(), Some('*' | '?' | '{'));
        if self.ended && sign != '\n' && !optional && !self.flags.free {
            self.ended = false;
        }
        self.item(&escaped(sign))
    }

    fn end(&mut self) {
        if self.places {
            self.out.push_str(&format!("(?P<{END_GROUP}{}>\\n?\\z)", self.ends));
            self.ends += 1;
        } else {
            self.out.push_str("(?:\\n?\\z)");
        }
        self.ended = true;
        self.last = Last::Nothing;
    }

    fn alternative(&mut self) {
        self.out.push('|');
        self.last = Last::Nothing;
        match self.groups.last_mut() {
            Some(group) => {
                group.ended_within |= self.ended;
                self.ended = group.ended_before;
            }
            None => self.ended = false,
        }
    }

    fn open(&mut self) -> Result<(), Reason> {
        let mut flags = self.flags;
        let mut captures = self.rest.peek() != Some(&'?');
        if self.rest.peek() == Some(&'*') {
            return Err("verbs within a pattern are not supported yet".into());
        }
        if self.rest.next_if_eq(&'?').is_some() {
            match self.rest.next() {
                Some(':') => {}
                Some('#') => {
                    return match self.rest.find(|sign| *sign == ')') {
                        Some(_) => Ok(()),
                        None => Err("missing ) after (?# comment".into()),
                    };
                }
                Some('P') if self.rest.next_if_eq(&'<').is_some() => {
                    self.name('>')?;
                    captures = true;
                }
                Some('\'') => {
                    self.name('\'')?;
                    captures = true;
                }
                Some('<') if !matches!(self.rest.peek(), Some('=' | '!')) => {
                    self.name('>')?;
                    captures = true;
                }
                Some('=' | '!' | '<') => return Err("look-around assertions are not supported yet".into()),
                Some('>') => return Err("atomic groups are not supported yet".into()),
                Some(sign @ ('i' | 'm' | 's' | 'x' | 'n' | 'J' | 'U' | '-' | '^')) => {
                    if self.inline_flags(sign, &mut flags)? {
                        self.flags = flags;
                        self.out.push_str(if flags.any_case { "(?i)" } else { "(?-i)" });
                        self.last = Last::Nothing;
                        return Ok(());
                    }
                }
                Some('R' | 'P' | '&' | '|' | '(' | '+' | 'C' | '0'..='9') => {
                    return Err("recursion, conditions and back-references are not supported yet".into());
                }
                _ => return Err("unrecognized character after (? or (?-".into()),
            }
        }
        if self.groups.len() == GROUPS_MAX {
            return Err("parentheses are too deeply nested".into());
        }
        self.groups.push(Group { flags: self.flags, ended_before: self.ended, ended_within: false });
        self.out.push_str(match (flags.any_case, self.flags.any_case) {
            (true, false) => "(?i:",
            (false, true) => "(?-i:",
            _ if captures && self.places => "(",
            _ => "(?:",
        });
        self.flags = flags;
        self.last = Last::Nothing;
        Ok(())
    }

    /// Skips a group's name up to `close`.
    fn name(&mut self, close: char) -> Result<(), Reason> {
        for (length, sign) in self.rest.by_ref().enumerate() {
            match sign {
                _ if sign == close && length > 0 => return Ok(()),
                '0'..='9' if length > 0 => {}
                '_' => {}
                _ if sign.is_alphabetic() => {}
                _ => break,
            }
        }
        Err("syntax error in subpattern name".into())
    }

    /// Reads flags that begin with `sign`; whether they stand alone (`(?i)`, not `(?i:…)`).
    fn inline_flags(&mut self, sign: char, flags: &mut Flags) -> Result<bool, Reason> {
        let mut on = true;
        let mut sign = Some(sign);
        loop {
            match sign {
                Some('-') => on = false,
                Some('^') => *flags = Flags::default(),
                Some(flag @ ('i' | 'm' | 's' | 'x')) => flags.set(flag, on),
                Some('n' | 'J' | 'U') => {}
                Some(')') => return Ok(true),
                Some(':') => return Ok(false),
                _ => return Err("unrecognized character after (? or (?-".into()),
            }
            sign = self.rest.next();
        }
    }

    fn close(&mut self) -> Result<(), Reason> {
        let group = self.groups.pop().ok_or("unmatched closing parenthesis")?;
        self.out.push(')');
        self.flags = group.flags;
        let ended_within = group.ended_within || (self.ended && !group.ended_before);
        self.last = if ended_within { Last::GroupWithEnd } else { Last::Item };
        self.ended |= ended_within || group.ended_before;
        Ok(())
    }

    /// Reads `{n}`, `{n,}` or `{n,m}` whose `{` is gone; anything else is no quantifier and stays.
    fn counts(&mut self) -> Option<String> {
        let mut ahead = self.rest.clone();
        let mut counts = String::from("{");
        loop {
            let sign = ahead.next()?;
            counts.push(sign);
            match sign {
                '0'..='9' => {}
                ',' if counts.len() > 2 && counts.matches(',').count() == 1 => {}
                '}' if counts.len() > 2 => break,
                _ => return None,
            }
        }
        self.rest = ahead;
        Some(counts)
    }

    fn quantifier(&mut self, quantifier: &str) -> Result<(), Reason> {
        match self.last {
            Last::Nothing => return Err("quantifier does not follow a repeatable item".into()),
            Last::GroupWithEnd if quantifier.starts_with('{') => {
                return Err("a counted repetition of a group with $ is not supported yet".into());
            }
            _ => {}
        }
        self.out.push_str(quantifier);
        self.last = Last::Nothing;
        if self.rest.next_if_eq(&'+').is_some() {
            return Err("possessive quantifiers are not supported yet".into());
        }
        if self.rest.next_if_eq(&'?').is_some() && self.places {
            self.out.push('?');
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Reason> {
        let sign = self.rest.next().ok_or("\\ at end of pattern")?;
        match sign {
            'A' => self.assertion("\\A"),
            'z' => self.assertion("\\z"),
            'Z' => {
                self.end();
                Ok(())
            }
            'b' | 'B' if self.unicode_classes => self.assertion(&format!("\\{sign}")),
            'b' | 'B' => self.assertion(&format!("(?-u:\\{sign})")),
            'K' if self.places => Err("\\K is not supported yet where places are asked for".into()),
            'K' | 'E' => Ok(()),
            'Q' => self.quoted(),
            'N' if self.rest.peek() != Some(&'{') => self.item("[^\\n]"),
            'R' => self.item(&format!("(?:\\r\\n|[{VERTICAL}])")),
            '1'..='9' | 'g' | 'k' => Err("back-references are not supported yet".into()),
            'G' | 'X' | 'C' => Err(format!("\\{sign} is not supported yet")),
            _ => match self.class_escape(sign)? {
                Some(class) => self.item(&format!("(?-i:[{class}])")),
                None => {
                    let sign = self.character_escape(sign)?;
                    self.literal(sign)
                }
            },
        }
    }

    /// `\Q…\E`: everything between means itself.
    fn quoted(&mut self) -> Result<(), Reason> {
        while let Some(sign) = self.rest.next() {
            if sign == '\\' && self.rest.next_if_eq(&'E').is_some() {
                break;
            }
            self.item(&escaped(sign))?;
        }
        Ok(())
    }

    /// The members of an escape that stands for a class of characters. Without
    /// `(*UCP)` they are ASCII.
    fn class_escape(&mut self, sign: char) -> Result<Option<String>, Reason> {
        let (digit, word, space) = match self.unicode_classes {
            true => (UNICODE_DIGIT, UNICODE_WORD, "\\s"),
            false => (DIGIT, WORD, SPACE),
        };
        Ok(Some(match sign {
            'd' => digit.into(),
            'w' => word.into(),
            's' => space.into(),
            'h' => HORIZONTAL.into(),
            'v' => VERTICAL.into(),
            'D' => format!("[^{digit}]"),
            'W' => format!("[^{word}]"),
            'S' => format!("[^{space}]"),
            'H' => format!("[^{HORIZONTAL}]"),
            'V' => format!("[^{VERTICAL}]"),
            'p' | 'P' => self.property(sign)?,
            _ => return Ok(None),
        }))
    }

    fn property(&mut self, sign: char) -> Result<String, Reason> {
        let mut negated = sign == 'P';
        let mut name = String::new();
        match self.rest.next() {
            Some('{') => {
                negated ^= self.rest.next_if_eq(&'^').is_some();
                loop {
                    match self.rest.next() {
                        Some('}') => break,
                        Some('&') => name.push('C'),
                        Some(' ') => {}
                        Some(sign) if sign.is_ascii_alphanumeric() || sign == '_' => name.push(sign),
                        _ => return Err("malformed \\P or \\p sequence".into()),
                    }
                }
            }
            Some(letter) if letter.is_ascii_alphabetic() => name.push(letter),
            _ => return Err("malformed \\P or \\p sequence".into()),
        }
        Ok(format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' }))
    }

    /// An escape that stands for one character.
    fn character_escape(&mut self, sign: char) -> Result<char, Reason> {
        let code = match sign {
            'a' => 0x07,
            'e' => 0x1B,
            'f' => 0x0C,
            'n' => 0x0A,
            'r' => 0x0D,
            't' => 0x09,
            'x' if self.rest.next_if_eq(&'{').is_some() => self.braced(16)?,
            'x' => self.digits(16, 2, 0),
            'o' if self.rest.next_if_eq(&'{').is_some() => self.braced(8)?,
            '0'..='7' => self.digits(8, 2, sign.to_digit(8).unwrap_or_default()),
            'c' => match self.rest.next() {
                Some(control @ ' '..='~') => control.to_ascii_uppercase() as u32 ^ 0x40,
                _ => return Err("\\c must be followed by a printable ASCII character".into()),
            },
            other if other.is_ascii_alphanumeric() => {
                return Err(format!("unrecognized character follows \\: {other}"));
            }
            other => return Ok(other),
        };
        char::from_u32(code).ok_or_else(|| "character code point value is too large or a surrogate".into())
    }

    fn digits(&mut self, radix: u32, count: usize, first: u32) -> u32 {
        let mut code = first;
        for _ in 0..count {
            let Some(digit) = self.rest.peek().and_then(|sign| sign.to_digit(radix)) else { break };
            code = code * radix + digit;
            self.rest.next();
        }
        code
    }

    fn braced(&mut self, radix: u32) -> Result<u32, Reason> {
        let code = self.digits(radix, 8, 0);
        match self.rest.next() {
            Some('}') => Ok(code),
            _ => Err("non-hex or non-octal character in \\x{} or \\o{}".into()),
        }
    }

    /// Reads a character class whose `[` is gone.
    fn class(&mut self) -> Result<String, Reason> {
        let mut class = String::from("[");
        if self.rest.next_if_eq(&'^').is_some() {
            class.push('^');
        }
        let mut first = true;
        loop {
            let sign = self.rest.next().ok_or("missing terminating ] for character class")?;
            match self.member(sign, first)? {
                Member::Close => break,
                Member::Nothing => {}
                Member::Class(members) => class.push_str(&members),
                Member::One(from) => {
                    class.push_str(&escaped(from));
                    if let Some(to) = self.range_end()? {
                        if to < from {
                            return Err("range out of order in character class".into());
                        }
                        class.push('-');
                        class.push_str(&escaped(to));
                    }
                }
            }
            first = false;
        }
        class.push(']');
        Ok(class)
    }

    /// One member of a class that begins with `sign`.
    fn member(&mut self, sign: char, first: bool) -> Result<Member, Reason> {
        match sign {
            ']' if !first => Ok(Member::Close),
            '[' if matches!(self.rest.peek(), Some(':')) => Ok(match self.posix() {
                Some(name) => Member::Class(name?),
                None => Member::One('['),
            }),
            '\\' => {
                let sign = self.rest.next().ok_or("\\ at end of pattern")?;
                match sign {
                    'b' => Ok(Member::One('\x08')),
                    'E' => Ok(Member::Nothing),
                    'Q' | 'B' | 'R' | 'X' | 'N' => {
                        Err(format!("\\{sign} is not supported in a character class"))
                    }
                    '8' | '9' => Ok(Member::One(sign)),
                    // DIFFERENCE: under `i`, `\w` within a class also takes U+017F and U+212A, which fold to s and k.
                    _ => Ok(match self.class_escape(sign)? {
                        Some(members) => Member::Class(members),
                        None => Member::One(self.character_escape(sign)?),
                    }),
                }
            }
            other => Ok(Member::One(other)),
        }
    }

    /// `[:alpha:]` and its like, `None` when what follows `[:` is no name.
    fn posix(&mut self) -> Option<Result<String, Reason>> {
        let mut ahead = self.rest.clone();
        ahead.next_if_eq(&':')?;
        let negated = if ahead.next_if_eq(&'^').is_some() { "^" } else { "" };
        let mut name = String::new();
        while let Some(letter) = ahead.next_if(char::is_ascii_lowercase) {
            name.push(letter);
        }
        ahead.next_if_eq(&':')?;
        ahead.next_if_eq(&']')?;
        self.rest = ahead;
        let known = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
            "space", "upper", "word", "xdigit",
        ];
        if !known.contains(&name.as_str()) {
            return Some(Err("unknown POSIX class name".into()));
        }
        let unicode = match name.as_str() {
            _ if !self.unicode_classes => None,
            "alpha" => Some("\\p{L}"),
            "alnum" => Some("\\p{L}\\p{N}"),
            "lower" => Some("\\p{Ll}"),
            "upper" => Some("\\p{Lu}"),
            "digit" => Some(UNICODE_DIGIT),
            "word" => Some(UNICODE_WORD),
            "space" => Some("\\s"),
            _ => None,
        };
        Some(Ok(match unicode {
            Some(members) => format!("[{negated}{members}]"),
            None => format!("[:{negated}{name}:]"),
        }))
    }

    /// The end of a range, when a `-` and a character follow. A `-` before a class or before `]` means itself.
    fn range_end(&mut self) -> Result<Option<char>, Reason> {
        let mut ahead = self.rest.clone();
        if ahead.next() != Some('-') || matches!(ahead.peek(), Some(']') | None) {
            return Ok(None);
        }
        let before = std::mem::replace(&mut self.rest, ahead);
        let sign = self.rest.next().unwrap_or(']');
        match self.member(sign, false)? {
            Member::One(to) => Ok(Some(to)),
            _ => {
                self.rest = before;
                Ok(None)
            }
        }
    }
}

enum Member {
    One(char),
    Class(String),
    Nothing,
    Close,
}

/// `sign` as it stands for itself, in a class or outside.
fn escaped(sign: char) -> String {
    if sign.is_ascii_alphanumeric() || (!sign.is_ascii() && !sign.is_whitespace()) {
        sign.to_string()
    } else {
        format!("\\x{{{:X}}}", u32::from(sign))
    }
}

/// The plain text that an anchored pattern begins with.
pub(super) struct Prefix {
    pub(super) text: String,
    /// Whether the pattern asks nothing else.
    pub(super) is_all: bool,
}

/// The text that every match of `pattern` begins with, when it is anchored at the start and begins with plain
/// characters. None under `i` (several texts), `m` (any line) and `x`, nor where alternatives stand.
pub(super) fn prefix(pattern: &str, flags: Flags) -> Option<Prefix> {
    if flags.any_case || flags.lines || flags.free || pattern.contains('|') {
        return None;
    }
    let rest = pattern.strip_prefix('^').or_else(|| pattern.strip_prefix("\\A"))?;
    let mut text = String::new();
    let mut signs = rest.chars().peekable();
    let mut quoted = false;
    let mut is_all = true;
    while let Some(sign) = signs.next() {
        let literal = match sign {
            '\\' => match signs.next() {
                Some('Q') if !quoted => {
                    quoted = true;
                    continue;
                }
                Some('E') => {
                    quoted = false;
                    continue;
                }
                _ if quoted => None,
                Some(escaped) if !escaped.is_alphanumeric() => Some(escaped),
                _ => None,
            },
            _ if quoted => Some(sign),
            '^' | '$' | '.' | '[' | '(' | ')' | '+' => None,
            '*' | '?' | '{' => {
                text.pop();
                None
            }
            other => Some(other),
        };
        match literal {
            Some(sign) => text.push(sign),
            None => {
                let remaining: String = signs.collect();
                is_all = sign == '.' && remaining == "*" && flags.dot_all;
                break;
            }
        }
    }
    (!text.is_empty()).then_some(Prefix { text, is_all })
}
