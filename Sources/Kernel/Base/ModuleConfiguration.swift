/// What a module is given of the kernel's configuration: two JSON objects.
package struct ModuleConfiguration: Sendable, Hashable {
    /// The table `[modules.<id>]`, without the kernel's own keys.
    package var own: [UInt8]
    /// The table `[user]`.
    package var user: [UInt8]

    package init(own: [UInt8] = Array("{}".utf8), user: [UInt8] = Array("{}".utf8)) {
        self.own = own
        self.user = user
    }
}
