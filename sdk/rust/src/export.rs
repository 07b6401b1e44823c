//! The macros that make a component of a plugin. In a native build they only check that the type has what they are to export, so
//! that the plugin's tests need no WebAssembly.

/// Makes a component of a type: `export_plugin!(MyPlugin: Router, Gatekeeper, Observer);`, once in a plugin's crate, with those of the three
/// traits that it implements.
#[macro_export]
macro_rules! export_plugin {
    ($plugin:ty: $($part:ident),+ $(,)?) => {
        $($crate::export_plugin!(@$part $plugin);)+
    };
    (@Router $plugin:ty) => {
        $crate::export_router!($plugin);
    };
    (@Gatekeeper $plugin:ty) => {
        $crate::export_gatekeeper!($plugin);
    };
    (@Observer $plugin:ty) => {
        $crate::export_observer!($plugin);
    };
}

/// Makes a component of a [`Router`](crate::router::Router): `export_router!(MyPlugin);`, once in a plugin's crate.
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

            impl $crate::__private::RouterGuest for Component {
                fn route(
                    call: $crate::__private::types::Call,
                ) -> ::core::result::Result<$crate::__private::types::Decision, ::std::string::String> {
                    $crate::__private::route::<$router>(call)
                }

                fn resume(
                    call: $crate::__private::types::Call,
                    tag: ::std::string::String,
                    outcome: $crate::__private::types::Outcome,
                ) -> ::core::result::Result<$crate::__private::types::Continuation, ::std::string::String> {
                    $crate::__private::resume::<$router>(call, &tag, outcome)
                }
            }

            $crate::__private::export_router!(Component with_types_in $crate::__private::bindings::router);
        };
    };
}

/// Makes a component of a [`Gatekeeper`](crate::gatekeeper::Gatekeeper).
#[macro_export]
macro_rules! export_gatekeeper {
    ($gatekeeper:ty) => {
        #[cfg(not(target_family = "wasm"))]
        const _: fn(
            &$crate::registration::Registration,
        ) -> ::core::result::Result<$crate::registration::Grant, $crate::registration::Refusal> =
            <$gatekeeper as $crate::gatekeeper::Gatekeeper>::register;

        #[cfg(target_family = "wasm")]
        const _: () = {
            struct Component;

            impl $crate::__private::GatekeeperGuest for Component {
                fn register(
                    registration: $crate::__private::types::Registration,
                ) -> ::core::result::Result<$crate::__private::types::Grant, $crate::__private::types::Refusal>
                {
                    $crate::__private::register::<$gatekeeper>(registration)
                }
            }

            $crate::__private::export_gatekeeper!(Component with_types_in $crate::__private::bindings::gatekeeper);
        };
    };
}

/// Makes a component of an [`Observer`](crate::observer::Observer).
#[macro_export]
macro_rules! export_observer {
    ($observer:ty) => {
        #[cfg(not(target_family = "wasm"))]
        const _: fn(&$crate::event::Event) = <$observer as $crate::observer::Observer>::on_event;

        #[cfg(target_family = "wasm")]
        const _: () = {
            struct Component;

            impl $crate::__private::ObserverGuest for Component {
                fn on_event(event: $crate::__private::types::Event) {
                    $crate::__private::observe::<$observer>(event);
                }
            }

            $crate::__private::export_observer!(Component with_types_in $crate::__private::bindings::observer);
        };
    };
}
