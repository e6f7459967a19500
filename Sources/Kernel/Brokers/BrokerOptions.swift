package import KernelBus

/// How the host does what modules may not do themselves.
package struct BrokerOptions: Sendable {
    package var http = HTTPOptions()
    /// Where the buses are; nil: as the environment says.
    package var buses: BusAddresses?
    /// How long a connection to a bus is kept that has no errands.
    package var busIdleSeconds = 30.0
    /// Tells the user of a permission that is more than it looks like.
    package var warn: @Sendable (String) -> Void = { _ in }

    package init() {}
}
