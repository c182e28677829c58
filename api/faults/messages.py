"""What is wrong with a device, with what somebody wants to hear of, or with a campaign."""

from __future__ import annotations

from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    "This is no time zone of IANA's, such as Asia/Shanghai.": "这不是 IANA 时区，如 Asia/Shanghai。",
    "They begin and end at the same time: give null for none.": "开始与结束相同；不需要免打扰时请给 null。",
    "There is no such category: getPreferences lists them.": "没有这个类别，请见 getPreferences 所列。",
    "This category is named twice.": "这个类别重复出现。",
    "This category cannot be switched off.": "这个类别不能关闭。",
    "This is no token of {provider}'s.": "这不是 {provider} 的推送令牌。",
    "There are several apps here: say which.": "这里有多个应用，请说明是哪个。",
    "This deployment has no such app on this channel.": "本系统在这个渠道上没有该应用。",
    "This is in the future.": "这是将来的时间。",
    "This is more than a year ago: ask again.": "这已是一年多以前，请重新征得同意。",
    "This deployment has no such template in this app.": "本系统的该应用没有这个模板。",
    "From 1 to {most} messages a second.": "每秒 1 至 {most} 条。",
    "Hours of one day, from {earliest} to {latest} at most.": "应在同一天之内，最早 {earliest}，最晚 {latest}。",
    "Within thirty days.": "应在三十天之内。",
    "From ten minutes to thirty days after it starts.": "应在开始后十分钟至三十天之间。",
    "From 1 to {longest} characters, in both languages.": "中英文都要填写，各 1 至 {longest} 个字。",
    "One line, without characters that nobody sees.": "只写一行，且不含看不见的字符。",
    "No addresses within the words: the link says where to go.": "正文中不写网址，去处由链接说明。",
    "A path of this deployment, such as /resident#/wallet, or nothing.": (
        "应为本系统内的路径，如 /resident#/wallet；也可不填。"
    ),
    "This is none of the segments there are.": "没有这样的人群。",
    "There is no such kind of licence that residents hold.": "居民持有的证照中没有这一种。",
    "It says something else than what was proposed.": "内容与提议时不一致。",
    "The consent {consent} is not given.": "尚未同意 {consent}。",
}
