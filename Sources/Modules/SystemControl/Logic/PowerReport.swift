/// What the task `battery` answers.
package struct PowerReport: Sendable, Equatable, Encodable {
    /// The whole in a sentence.
    package let summary: String
    /// Whether an adapter is plugged in; absent where the machine does not say.
    package let onMains: Bool?
    /// The batteries of the machine.
    package let batteries: [Battery]
    /// The batteries of mice, keyboards, headsets.
    package let peripherals: [Battery]

    package struct Battery: Sendable, Equatable, Encodable {
        package let name: String
        package let model: String?
        package let percent: Int?
        package let state: PowerSupply.State
        package let minutesToEmpty: Int?
        package let minutesToFull: Int?
        package let healthPercent: Int?
        package let cycles: Int?
        package let powerWatts: Double?
    }

    package init(_ supplies: [PowerSupply]) {
        let all = supplies.filter { $0.kind == .battery }
        let own = all.filter { !$0.isPeripheral }
        let adapters = supplies.filter { $0.kind == .mains }.compactMap(\.isOnline)
        onMains = adapters.isEmpty ? nil : adapters.contains(true)
        batteries = own.map(Battery.init)
        peripherals = all.filter(\.isPeripheral).map(Battery.init)
        var sentences = [PowerReport.sentence(own, onMains: onMains)]
        sentences += peripherals.map { "\($0.model ?? $0.name): \($0.percent ?? 0) %." }
        summary = sentences.joined(separator: " ")
    }

    private static func sentence(_ batteries: [PowerSupply], onMains: Bool?) -> String {
        guard let whole = PowerSupply(combining: batteries) else {
            return "This machine has no battery."
        }
        var parts = ["\(batteries.count > 1 ? "Batteries" : "Battery")"]
        if let percent = whole.percent { parts[0] += " at \(Int(percent.rounded())) %" }
        if whole.state != .unknown { parts.append(whole.state.rawValue) }
        if let left = whole.secondsToEmpty.flatMap(minutes) {
            parts.append("about \(duration(left)) left")
        }
        if let left = whole.secondsToFull.flatMap(minutes) {
            parts.append("full in about \(duration(left))")
        }
        if onMains == true, whole.state != .charging { parts.append("plugged in") }
        return parts.joined(separator: ", ") + "."
    }

    /// Nil where the estimate is no estimate: next to no power is drawn.
    fileprivate static func minutes(_ seconds: Double) -> Int? {
        seconds.isFinite && seconds < 100 * 3600 ? Int((seconds / 60).rounded()) : nil
    }

    private static func duration(_ minutes: Int) -> String {
        minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
    }
}

extension PowerReport.Battery {
    fileprivate init(_ supply: PowerSupply) {
        name = supply.name
        model = supply.model
        percent = supply.percent.map { Int($0.rounded()) }
        state = supply.state
        minutesToEmpty = supply.secondsToEmpty.flatMap(PowerReport.minutes)
        minutesToFull = supply.secondsToFull.flatMap(PowerReport.minutes)
        healthPercent = supply.healthPercent.map { Int($0.rounded()) }
        cycles = supply.cycles
        powerWatts = supply.powerWatts.map { ($0 * 10).rounded() / 10 }
    }
}

extension PowerSupply {
    /// Several batteries as if they were one; nil of none. They are drained one after the other, so
    /// the time left is that of the charge of all at the power that is drawn now.
    package init?(combining batteries: [PowerSupply]) {
        guard let first = batteries.first else { return nil }
        guard batteries.count > 1 else {
            self = first
            return
        }
        self.init(name: "all", kind: .battery)
        state = PowerSupply.state(combining: batteries.map(\.state))
        let energies = batteries.compactMap(\.energy)
        let full = batteries.compactMap(\.energyFull)
        let power = batteries.compactMap(\.powerWatts).reduce(0, +)
        guard energies.count == batteries.count, full.count == batteries.count,
            full.reduce(0, +) > 0
        else {
            let known = batteries.compactMap(\.percent)
            percent = known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
            return
        }
        let charge = energies.reduce(0, +)
        let capacity = full.reduce(0, +)
        percent = min(100, charge / capacity * 100)
        guard power > 0 else { return }
        if state == .discharging { secondsToEmpty = charge / power * 3600 }
        if state == .charging { secondsToFull = max(0, capacity - charge) / power * 3600 }
    }

    private static func state(combining states: [State]) -> State {
        for state in [State.discharging, .charging] where states.contains(state) { return state }
        return Set(states).count == 1 ? states[0] : .idle
    }
}
