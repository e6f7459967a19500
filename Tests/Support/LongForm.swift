import KernelSystem

/// The long form of tests that loop, torture and soak: `dev/check --long`.
package enum LongForm {
    package static let isWanted = Environment.value("KERNEL_TEST_LONG", or: "") == "1"
}
