import KernelSystem

extension Alarms {
    /// One thread for the deadlines of all tests here: it never ends.
    static let shared: Alarms = {
        guard let alarms = try? Alarms() else { preconditionFailure("no thread can be started") }
        return alarms
    }()
}
