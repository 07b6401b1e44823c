//! Exported functions by index: names are looked up and types compared once for a component, not for each of its instances.

use wasmtime::component::{Component, ComponentExportIndex};

/// Where a component has a function.
pub(crate) type Index = ComponentExportIndex;

/// The function of an exported interface.
pub(crate) fn index(component: &Component, interface: &str, function: &str) -> Option<Index> {
    let interface = component.get_export_index(None, interface)?;
    component.get_export_index(Some(&interface), function)
}

/// Calls a function of an instance. Only for functions whose types were compared when the first instance of the component was made
/// (`Exports::check`): comparing those of a call takes as long as a tenth of a decision.
macro_rules! call {
    ($store:expr, $instance:expr, $index:expr, $params:ty => $results:ty, $arguments:expr) => {{
        let function = $instance
            .get_func(&mut *$store, &$index)
            .ok_or_else(|| wasmtime::format_err!("an exported function is gone"))?;
        #[expect(
            unsafe_code,
            reason = "the safe way compares the types again for each instance"
        )]
        // SAFETY: `Exports::check` has compared the types of this function of this component with the very same ones.
        let function = unsafe {
            wasmtime::component::TypedFunc::<$params, $results>::new_unchecked(function)
        };
        function.call_async(&mut *$store, $arguments).await?
    }};
}
pub(crate) use call;
