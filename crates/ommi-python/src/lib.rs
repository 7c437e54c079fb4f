//! The Python binding of Ommi: the loop hub, attribute reading and object building. It decides nothing: queries are
//! planned by the engine, and names, models and results belong to the package `ommi`, which alone imports this.
#![allow(missing_docs)]

mod cli;
mod codec;
mod error;
mod hub;
mod migration;
mod model;
mod node;
mod operation;
mod query;
mod relation;
mod session;
mod write;

use pyo3::prelude::*;

#[pymodule]
fn _ommi(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<node::ASTNode>()?;
    module.add_class::<node::ASTValueNode>()?;
    module.add_class::<node::ASTReferenceNode>()?;
    module.add_class::<node::ASTLiteralNode>()?;
    module.add_class::<node::ASTComparisonNode>()?;
    module.add_class::<node::ASTArithmeticNode>()?;
    module.add_class::<node::ASTAggregateNode>()?;
    module.add_class::<node::ASTFunctionNode>()?;
    module.add_class::<node::ASTCaseNode>()?;
    module.add_class::<node::ASTExistsNode>()?;
    module.add_class::<node::ASTGivenNode>()?;
    module.add_class::<node::ASTPathNode>()?;
    module.add_class::<node::ASTNamedNode>()?;
    module.add_class::<node::ASTLogicalNode>()?;
    module.add_class::<node::ASTGroupNode>()?;
    module.add_class::<node::ResultOrdering>()?;
    module.add_function(wrap_pyfunction!(node::case, module)?)?;
    module.add_function(wrap_pyfunction!(node::exists, module)?)?;
    module.add_function(wrap_pyfunction!(node::count, module)?)?;
    module.add_function(wrap_pyfunction!(node::given, module)?)?;
    module.add_function(wrap_pyfunction!(node::when, module)?)?;
    module.add_class::<write::ConflictTarget>()?;
    module.add_class::<write::OnConflict>()?;
    module.add_function(wrap_pyfunction!(write::on, module)?)?;
    module.add_class::<model::ModelType>()?;
    module.add_class::<model::ClassField>()?;
    module.add_function(wrap_pyfunction!(model::set_metaclass, module)?)?;
    module.add_class::<session::Session>()?;
    module.add_class::<session::Handle>()?;
    module.add_class::<session::Tx>()?;
    module.add_class::<session::NativeDriver>()?;
    module.add_function(wrap_pyfunction!(session::native_driver, module)?)?;
    module.add_function(wrap_pyfunction!(session::enter_ambient, module)?)?;
    module.add_function(wrap_pyfunction!(session::exit_ambient, module)?)?;
    module.add_function(wrap_pyfunction!(session::leave_ambient, module)?)?;
    module.add_function(wrap_pyfunction!(session::return_ambient, module)?)?;
    module.add_function(wrap_pyfunction!(session::ambient_transaction, module)?)?;
    module.add_class::<migration::Step>()?;
    module.add_class::<migration::MigrationFile>()?;
    module.add_class::<migration::Migrations>()?;
    module.add_function(wrap_pyfunction!(migration::read_migrations, module)?)?;
    module.add_function(wrap_pyfunction!(cli::run_command, module)?)?;
    module.add_class::<query::Query>()?;
    module.add_class::<query::Fetch>()?;
    module.add_class::<query::BatchIterator>()?;
    module.add_class::<operation::Operation>()?;
    module.add_class::<operation::Awaiting>()?;
    module.add_class::<relation::FetchGroup>()?;
    module.add_function(wrap_pyfunction!(relation::session_group, module)?)?;
    hub::watch_exit(module.py())?;
    hub::watch_forks(module.py())
}
