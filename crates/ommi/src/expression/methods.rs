//! The operators of columns and of computed values: written once, given to both as methods.

/// Comparisons with values, columns and computed values, and tests for NULL.
macro_rules! comparisons {
    () => {
        /// Equal. With `None` it is [`is_null`](Self::is_null).
        pub fn eq<V, K>(self, value: V) -> Predicate
        where
            V: Comparand<T::Base, K>,
        {
            self.compare(Operator::Eq, value.into_built())
        }

        /// Not equal. With `None` it is [`is_not_null`](Self::is_not_null).
        pub fn ne<V, K>(self, value: V) -> Predicate
        where
            V: Comparand<T::Base, K>,
        {
            self.compare(Operator::Ne, value.into_built())
        }

        /// Less than.
        pub fn lt<V, K>(self, value: V) -> Predicate
        where
            T::Base: $crate::Ordered,
            V: Operand<T::Base, K>,
        {
            self.compare(Operator::Lt, value.into_built())
        }

        /// Less than or equal.
        pub fn le<V, K>(self, value: V) -> Predicate
        where
            T::Base: $crate::Ordered,
            V: Operand<T::Base, K>,
        {
            self.compare(Operator::Le, value.into_built())
        }

        /// Greater than.
        pub fn gt<V, K>(self, value: V) -> Predicate
        where
            T::Base: $crate::Ordered,
            V: Operand<T::Base, K>,
        {
            self.compare(Operator::Gt, value.into_built())
        }

        /// Greater than or equal.
        pub fn ge<V, K>(self, value: V) -> Predicate
        where
            T::Base: $crate::Ordered,
            V: Operand<T::Base, K>,
        {
            self.compare(Operator::Ge, value.into_built())
        }

        /// At least `low` and at most `high`.
        pub fn between<L, H, KL, KH>(self, low: L, high: H) -> Predicate
        where
            T::Base: $crate::Ordered,
            L: Operand<T::Base, KL>,
            H: Operand<T::Base, KH>,
        {
            let operands = self.placed(low.into_built().and_then(|low| {
                let high = high.into_built()?;
                Ok(Expr::And(vec![low, high]))
            }));
            let subject = self.built();
            Predicate::from_built(subject.and_then(|subject| {
                let mut all = vec![subject];
                if let Expr::And(operands) = operands? {
                    all.extend(operands);
                }
                Ok(Expr::Apply(Operator::Between, all))
            }))
        }

        /// One of the values. Nothing is in the empty list.
        pub fn in_<I, V, K>(self, values: I) -> Predicate
        where
            I: IntoIterator<Item = V>,
            V: $crate::Literal<T::Base, K>,
        {
            let list = $crate::expression::operand::list(values);
            self.compare(Operator::In, list)
        }

        /// None of the values. Everything is outside of the empty list.
        pub fn not_in<I, V, K>(self, values: I) -> Predicate
        where
            I: IntoIterator<Item = V>,
            V: $crate::Literal<T::Base, K>,
        {
            let list = $crate::expression::operand::list(values);
            self.compare(Operator::NotIn, list)
        }

        /// Among the values that a query selects; unknown where only a NULL stands in the way of an answer. See
        /// [`exists`](crate::exists) for what the query can name.
        pub fn in_query<Q, S>(self, query: $crate::find::Find<'_, Q, $crate::find::Selected<S>>) -> Predicate
        where
            S: $crate::SearchedFor<T>,
        {
            $crate::expression::subquery::among::<T, Q, S>(self.built(), query)
        }

        /// NULL.
        pub fn is_null(self) -> Predicate {
            Predicate::from_built(self.built().map(|subject| Expr::Apply(Operator::IsNull, vec![subject])))
        }

        /// Not NULL.
        pub fn is_not_null(self) -> Predicate {
            Predicate::from_built(self.built().map(|subject| Expr::Apply(Operator::IsNotNull, vec![subject])))
        }

        fn compare(self, operator: Operator, operand: Built) -> Predicate {
            let operand = self.placed(operand);
            Predicate::from_built(
                self.built().and_then(|subject| Ok(Expr::binary(operator, subject, operand?))),
            )
        }
    };
}

/// Operators of text, and `contains`, which lists have too.
macro_rules! text_operators {
    () => {
        /// Text: it holds `part`, every character meaning itself. A list: it has `part` as an item.
        pub fn contains<V, K>(self, part: V) -> Predicate
        where
            T::Base: $crate::Container,
            V: Operand<<T::Base as $crate::Container>::Item, K>,
        {
            self.compare(Operator::Contains, part.into_built())
        }

        /// The opposite of [`contains`](Self::contains).
        pub fn not_contains<V, K>(self, part: V) -> Predicate
        where
            T::Base: $crate::Container,
            V: Operand<<T::Base as $crate::Container>::Item, K>,
        {
            self.compare(Operator::NotContains, part.into_built())
        }

        /// The list has one of these items at least; of none it has none.
        pub fn overlaps<I, V, K>(self, items: I) -> Predicate
        where
            T::Base: $crate::Listed,
            I: IntoIterator<Item = V>,
            V: $crate::Literal<<T::Base as $crate::Container>::Item, K>,
        {
            let items = $crate::expression::operand::list(items);
            let items = self.placed(items);
            Predicate::from_built($crate::expression::operand::over_list(self.built(), items, Expr::overlaps))
        }

        /// The list has each of these items; of none it has all.
        pub fn contains_all<I, V, K>(self, items: I) -> Predicate
        where
            T::Base: $crate::Listed,
            I: IntoIterator<Item = V>,
            V: $crate::Literal<<T::Base as $crate::Container>::Item, K>,
        {
            let items = $crate::expression::operand::list(items);
            let items = self.placed(items);
            Predicate::from_built($crate::expression::operand::over_list(
                self.built(),
                items,
                Expr::contains_all,
            ))
        }

        /// Text that begins with `prefix`, every character meaning itself.
        pub fn starts_with<V, K>(self, prefix: V) -> Predicate
        where
            T::Base: $crate::Textual,
            V: Operand<String, K>,
        {
            self.compare(Operator::StartsWith, prefix.into_built())
        }

        /// Text that ends with `suffix`, every character meaning itself.
        pub fn ends_with<V, K>(self, suffix: V) -> Predicate
        where
            T::Base: $crate::Textual,
            V: Operand<String, K>,
        {
            self.compare(Operator::EndsWith, suffix.into_built())
        }

        /// Text that the whole of `pattern` describes, by case: `%` is any run of characters, `_` any one, and `\`
        /// takes the next character as it is.
        pub fn like<V, K>(self, pattern: V) -> Predicate
        where
            T::Base: $crate::Textual,
            V: Operand<String, K>,
        {
            self.compare(Operator::Like, pattern.into_built())
        }

        /// As [`like`](Self::like), without regard to case.
        pub fn ilike<V, K>(self, pattern: V) -> Predicate
        where
            T::Base: $crate::Textual,
            V: Operand<String, K>,
        {
            self.compare(Operator::ILike, pattern.into_built())
        }

        /// Text in which the regular expression is found anywhere: the common syntax, without look-around and
        /// back-references.
        pub fn regex<V, K>(self, pattern: V) -> Predicate
        where
            T::Base: $crate::Textual,
            V: Operand<String, K>,
        {
            self.compare(Operator::Regex, pattern.into_built())
        }
    };
}

/// Orders, and names for what is selected.
macro_rules! ordering {
    () => {
        /// In the order of this, smallest first, NULLs before all.
        pub fn asc(self) -> Order {
            Order::by(self.built(), ommi_core::query::Direction::Ascending)
        }

        /// In the order of this, largest first, NULLs after all.
        pub fn desc(self) -> Order {
            Order::by(self.built(), ommi_core::query::Direction::Descending)
        }

        /// Under this name, where what is selected becomes a struct: see [`FromRow`](crate::FromRow).
        pub fn named(self, name: &'static str) -> Named<Self> {
            Named::new(self, name)
        }
    };
}

pub(super) use {comparisons, ordering, text_operators};
