import Desktop
import DesktopFailures
package import ModuleJSON
package import ModuleKit
import Synchronization

/// The module `system`: what a person reaches for on the keys and in the corner of the screen.
///
/// All tasks run on a thread: they wait for files of drivers, for D-Bus or for the sound server,
/// each with a limit of seconds, so that there is nothing to kill; and a worker process may open no
/// sockets, which D-Bus and sound need.
package final class SystemControl: Module, Configurable {
    private let settings = Mutex(Configuration())

    package struct Configuration: Arguments {
        @Argument("Where the kernel shows its devices.", default: "/sys", length: 1...)
        package var sysfs: String
        @Argument(
            "How dark set_brightness makes a screen at most, in percent.", default: 1, in: 0...100)
        package var dimmest: Int

        package init() {}
    }

    package static let manifest = Manifest(
        id: "system", version: "1.0.0",
        about: "Battery, brightness of the screen and volume of the sound: reads and sets them.",
        permissions: Manifest.Permissions(
            read: ["/sys/class/power_supply", "/sys/class/backlight", "/sys/devices"],
            write: ["/sys/class/backlight", "/sys/devices"],
            dbus: ["org.freedesktop.login1", "org.freedesktop.UPower"]))

    package static let tasks: [TaskOf<SystemControl>] = [
        TaskOf(
            "battery", "Tells how full the batteries are, and how long they last.", risk: .read,
            run: battery),
        TaskOf("brightness", "Tells how bright the screens are.", risk: .read, run: brightness),
        TaskOf(
            "set_brightness", "Makes a screen brighter or darker.", risk: .write,
            run: setBrightness),
        TaskOf(
            "volume", "Tells how loud the outputs and inputs of sound are, and which are muted.",
            risk: .read, run: volume),
        TaskOf(
            "set_volume", "Makes an output or input of sound louder or quieter.", risk: .write,
            run: setVolume),
        TaskOf(
            "mute", "Mutes an output or input of sound, or lets it be heard again.", risk: .write,
            run: mute),
    ]

    package init(_ host: Host) {}

    package func configure(_ configuration: Configuration, user: JSON) {
        settings.withLock { $0 = configuration }
    }

    private var screens: Brightness {
        Brightness(folder: "\(settings.withLock(\.sysfs))/class/backlight")
    }

    private var sound: Sound { Sound(address: .of(.current)) }

    private func battery(_ call: Call) async throws -> PowerReport {
        Power(folder: "\(settings.withLock(\.sysfs))/class/power_supply").report()
    }

    private func brightness(_ call: Call) async throws -> Screens {
        Screens(screens: try DesktopError.answering(screens.screens))
    }

    private func setBrightness(
        _ arguments: BrightnessArguments, _ call: Call
    ) async throws -> Brightness.Screen {
        let lowest = arguments.dark ? 0 : settings.withLock(\.dimmest)
        return try DesktopError.answering { () throws(DesktopError) in
            try screens.set(
                Level(arguments.level), of: arguments.screen, lowestPercent: lowest)
        }
    }

    private func volume(_ call: Call) async throws -> Sound.Report {
        try DesktopError.answering(sound.report)
    }

    private func setVolume(
        _ arguments: VolumeArguments, _ call: Call
    ) async throws -> SoundDevice {
        try DesktopError.answering { () throws(DesktopError) in
            try sound.set(
                Level(arguments.level), arguments.direction, device: arguments.device,
                boost: arguments.boost)
        }
    }

    private func mute(_ arguments: MuteArguments, _ call: Call) async throws -> SoundDevice {
        try DesktopError.answering { () throws(DesktopError) in
            try sound.mute(arguments.state, arguments.direction, device: arguments.device)
        }
    }
}

/// What the task `brightness` answers.
struct Screens: Encodable {
    let screens: [Brightness.Screen]
}

extension SystemControl: HealthChecking {
    /// Without it neither battery nor screen is ever found, which looks like a machine that has
    /// none.
    package func checkHealth() throws {
        let folder = settings.withLock(\.sysfs)
        guard SmallFile.kind(of: folder) != .folder else { return }
        throw Failure(
            "\(folder), where the kernel shows its devices, is no folder: look at sysfs under "
                + "[modules.system].", .notFound)
    }
}
