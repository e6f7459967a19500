package import KernelTerminal
package import KernelWire

/// What became of lifting a quarantine.
package enum LiftText {
    package static func line(_ id: String, _ outcome: LiftModule.Outcome) -> StyledText {
        outcome.wasLifted
            ? StyledText("\(id) is tried again.", .success)
            : StyledText("Nothing keeps \(id) out of service.", .dim)
    }
}
