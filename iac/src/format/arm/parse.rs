//! The grammar of template expressions: calls, texts, numbers, members and indices.

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Text(String),
    Int(i64),
    Call { name: String, arguments: Vec<Expression> },
    Member { of: Box<Expression>, name: String },
    Index { of: Box<Expression>, at: Box<Expression> },
}

/// Levels of calls within calls.
const MAX_DEPTH: usize = 64;

/// The expression in a text: `[…]`, but not `[[…`, which is a text that begins with a bracket.
pub(super) fn inner(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    (!inner.starts_with('[')).then_some(inner)
}

pub(super) fn parse(text: &str) -> Option<Expression> {
    let mut parser = Parser { rest: text };
    let expression = parser.expression(0)?;
    parser.blanks();
    parser.rest.is_empty().then_some(expression)
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, mark: char) -> bool {
        self.blanks();
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> Option<String> {
        self.blanks();
        let end =
            self.rest.find(|char: char| !(char.is_alphanumeric() || char == '_')).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn expression(&mut self, depth: usize) -> Option<Expression> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.blanks();
        let mut expression = match self.rest.chars().next()? {
            '\'' => self.text()?,
            first if first.is_ascii_digit() || first == '-' => self.int()?,
            _ => {
                let mut name = self.word()?;
                // A user's own function: `namespace.function(…)`.
                while self.rest.starts_with('.') {
                    self.rest = self.rest.get(1..)?;
                    name = format!("{name}.{}", self.word()?);
                }
                if !self.take('(') {
                    return None;
                }
                let mut arguments = Vec::new();
                while !self.take(')') {
                    if !arguments.is_empty() && !self.take(',') {
                        return None;
                    }
                    arguments.push(self.expression(depth + 1)?);
                }
                Expression::Call { name, arguments }
            }
        };
        loop {
            if self.take('.') {
                expression = Expression::Member { of: Box::new(expression), name: self.word()? };
            } else if self.take('[') {
                let at = Box::new(self.expression(depth + 1)?);
                expression = Expression::Index { of: Box::new(expression), at };
                if !self.take(']') {
                    return None;
                }
            } else {
                return Some(expression);
            }
        }
    }

    fn text(&mut self) -> Option<Expression> {
        let mut text = String::new();
        let mut rest = self.rest.strip_prefix('\'')?;
        loop {
            let end = rest.find('\'')?;
            text.push_str(rest.get(..end)?);
            rest = rest.get(end + 1..)?;
            match rest.strip_prefix('\'') {
                Some(more) => {
                    text.push('\'');
                    rest = more;
                }
                None => break,
            }
        }
        self.rest = rest;
        Some(Expression::Text(text))
    }

    fn int(&mut self) -> Option<Expression> {
        let digits = self.rest.strip_prefix('-').unwrap_or(self.rest);
        let length = digits.find(|char: char| !char.is_ascii_digit()).unwrap_or(digits.len());
        let end = self.rest.len() - digits.len() + length;
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        number.parse().ok().map(Expression::Int)
    }
}
