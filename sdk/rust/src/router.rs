//! The trait of a plugin that routes calls, and the macro that makes a component of it.

use crate::call::Call;
use crate::decision::Decision;
use crate::error::Error;

/// A plugin that decides where calls go.
pub trait Router {
    /// Decides about a call: the first time, and again (with `attempt` one higher, at most 3) each time a script ended
    /// without connecting it.
    ///
    /// Every call gets a fresh instance: what this function leaves in memory is gone the next time. Use
    /// [`state`](crate::state) for what must stay. After an error the fallback of the route takes over.
    fn route(call: &Call) -> Result<Decision, Error>;
}

/// Makes a component of a [`Router`]: `export_router!(MyPlugin);`, once in a plugin's crate.
///
/// In a native build it only checks that the type is a router, so that the plugin's tests need no WebAssembly.
#[macro_export]
macro_rules! export_router {
    ($router:ty) => {
        #[cfg(not(target_family = "wasm"))]
        const _: fn(
            &$crate::call::Call,
        ) -> ::core::result::Result<$crate::decision::Decision, $crate::error::Error> =
            <$router as $crate::router::Router>::route;

        #[cfg(target_family = "wasm")]
        const _: () = {
            struct Component;

            impl $crate::__private::Guest for Component {
                fn route(
                    call: $crate::__private::types::Call,
                ) -> ::core::result::Result<$crate::__private::types::Decision, ::std::string::String> {
                    $crate::__private::route::<$router>(call)
                }
            }

            $crate::__private::export!(Component with_types_in $crate::__private::bindings);
        };
    };
}
