/** What Alipay's typings leave to each mini-program: its own globalData, and the timers. */
interface IGlobalMiniProgramExtraThis4App {
  globalData: any
}
declare function setTimeout(act: () => void, milliseconds: number): number
declare function clearTimeout(timer: number | null): void
