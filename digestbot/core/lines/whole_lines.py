"""Whole lines that say a command in other words: “what am I subscribed to”, “cancel that”, 怎么退订, 换成英文.

Each is the whole of a line, so that no search that only begins like one is taken for it: “cancel culture detection”.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from digestbot.core.text_folding import fold_text, normalize_widths
from digestbot.late_patterns import compile_late

_MAX_CHARACTERS = 100
"""Nobody says one of these in more."""
_SIGNS = compile_late(r"[\s,.!?:;~…。！？，、；：～\"“”]+")
_LEAD = compile_late(
    r"(?:(?:actually|oh|ah|ok|okay|wait|so|well|um|hmm?|sorry|hi|hey|hello|please|pls|plz|then|and|just|now|bot"
    r"|can you|could you|would you|will you|can i|could i|may i|i want to|i would like to|id like to|i wanna|i need to"
    r"|lets|let me|you can) ){1,6}"
)
_TRAIL = compile_late(
    r"(?: (?:please|pls|plz|thanks|thank you|thx|now|then|for me|bot|again|instead|already|right now)){1,4}$"
)
_CHINESE_LEAD = compile_late(
    r"(?:请问|请|麻烦你?|帮我|帮忙|给我|我想要?|我要|能不能|能否|可不可以|可以|那就|那|还是|先|嗯"
    r"|哦|好|你好|您好|[早下晚]上?午?好|把|就) ?"
)
_CHINESE_TRAIL = compile_late(r" ?(?:一下|谢谢|谢了|好吗|可以吗|行吗|吧|吗|嘛|么|呢|呗|啊|呀|啦|哦|了)$")

_CHINESE_FILLERS = compile_late(
    r"(?<![不没])(?:想要?|要(?!不))|我(?!们)|[你您请把将给的了吧呢啊呀啦嘛也]|那就|还是|麻烦|帮忙?|可以|一下|就[好行]"
)
"""What stands anywhere in a sentence in Chinese and changes nothing of what it says."""

_IT = r"(?:it|this|that|this one|that one|(?:this|that|the) paper|that thing)"
_ALL = (
    r"(?:all(?: of (?:it|them|this|these|those))?|everything|all (?:of )?(?:my |the |these "
    r"|those )?(?:subscriptions?|topics|digests?|emails?))"
)
_MAIL = (
    r"(?:e?mails?|messages?|digests?|updates?|papers?|notifications?|anything|things|stuff|them|it"
    r"|this|these|those|all this)"
)
_THINGS = (
    r"(?: (?:to|from|a|an|the|my|your|this|that|these|those|it|them|topics?|papers?|digests?|time"
    r"|delivery|timezone|zone"
    r"|language|days?|settings?|subscriptions?|something|anything|one|everything|messages?|emails?"
    r"|updates?|again|here|for"
    r"|when|they|come|bot|you)){0,6}"
)
_HOW = r"how (?:do|can|would|could|should|does one|to)(?: (?:i|we|you|one))?"
_CHINESE_HOW = r"(?:我?(?:要|该|应该)?(?:怎么|如何|怎样|咋|怎么样)(?:才能|才可以|能|可以|去)?)"
_LANGUAGES = {"en": ("english", "英文|英语"), "zh": ("chinese|mandarin", "中文|汉语|简体中文|简体|国语|普通话")}
_TO_LANGUAGE = (
    r"(?:in|into|to|use|using|speak|talk|write|answer|reply|change|switch|set|make|it|this|that|everything|the|my|your"
    r"|language|cards|is)"
)
_CHINESE_TO_LANGUAGE = r"(?:以后|会|能|都|语言|界面|切换|设置|设定|换|改|变|调|转|用|使用|说|讲|为|成|到|是|回复?|显示)"

_MAKE_THEM = r"(?:(?:make|keep|have|get|send|want) (?:it |them |me )?)?(?:a (?:bit|little) |much |even )?"
_CARDS = r"(?:messages?|e?mails?|posts?|cards?|digests?|summaries|versions?)"
_SOUND = r"(?:the |all |any )?(?:sounds?|noises?|pings?|beeps?|alerts?)"
_SEND_THEM = (
    r"(?:(?:send|deliver|post|put|give|get|have|want)(?: me)?(?: (?:it|them|all|everything|all of (?:it|them)"
    r"|(?:all )?(?:the |my )?(?:topics|digests|papers)))?)"
)
_WHATS_NEW = r"(?:whats?|what is|is there|are there|got|any|anything|do you have)"
_ENGLISH = {
    "undo": (
        rf"(?:(?:no|nope|oops|whoops|wait|sorry|not that|hold on|hang on) ){{0,3}}"
        rf"(?:cancel|undo|revert|scrap|reverse)(?: (?:{_IT}|the last(?: one| change| thing)?|(?:my"
        r"|that) last (?:change|one)|"
        r"what (?:i|you) just did|that change))?|never ?mind|forget (?:it|that)|oops|whoops|my (?:bad|mistake)"
        rf"|(?:take|change|put|turn) {_IT} back|i (?:didnt|did not) (?:mean|want) (?:it|that|to)"
        r"|that was (?:a mistake|wrong)|(?:(?:i )?(?:clicked|pressed|tapped|hit|chose"
        r"|picked) )?(?:the )?wrong (?:button|one|thing)"
        r"|thats not what i (?:meant|wanted)"
    ),
    "help": (
        r"what (?:can|could|do|does) (?:you|this bot|the bot|i|it|this)(?: all)? (?:do|say|ask)(?: here"
        r"| for me| with (?:you|this))?"
        r"|what (?:is|are|s) (?:this|you|this bot|that bot)(?: for)?|whats (?:this|this bot)|who (?:are"
        r"|made) you|how (?:do|does|can) "
        r"(?:i|this|it|you|that|the bot|this bot)(?: (?:use|work))?(?: (?:this|it|you|the bot|this bot|work))?"
        r"|(?:i )?need(?: some)? help|help me(?: out)?|(?:im|i am) (?:lost|confused|stuck)|what now"
        r"|what next|i (?:dont|do not) "
        r"(?:get it|understand)(?: this| it)?|menu|instructions|manual|(?:show |list )?(?:the |your |all )?commands"
    ),
    "subscriptions": (
        r"(?:what|which(?: (?:topics?|ones|digests))?|what topics) (?:am i|are we|do i|is this (?:chat"
        r"|channel|group|server)|did i|have i)"
        r"(?: currently| already)? ?(?:subscribed|subscribe|follow|following|get|getting|receive|receiving"
        r"|have|signed up)?"
        r"(?: to| for)?|(?:what|which) (?:are|is) my (?:subscriptions?|topics?)|am i subscribed(?: to anything)?"
        r"|(?:do|am) i (?:follow|follow(?:ing)?|have|get(?:ting)?|receive|receiving|subscribe|subscribed to) "
        r"(?:anything|something|any topics?)"
        r"|(?:show |list )?(?:me )?(?:my|our) (?:topics|subs|subscriptions|digests|feeds?)"
        r"|what topics do i (?:get|have|follow)"
        r"|list (?:my )?subscriptions"
    ),
    "saved": (
        r"what (?:have|did|had) i (?:saved?|bookmark(?:ed)?|kept?|keep)|(?:what|which) papers (?:have"
        r"|did) i (?:saved?|bookmark(?:ed)?|kept?|keep)"
        r"|(?:show |list |open )?(?:me )?(?:the )?(?:my |what i )?saved(?: (?:papers|list|ones|items|stuff))?"
        r"|(?:show |open )?(?:me )?my (?:list|library|bookmarks|favou?rites|reading list|papers)"
        r"|(?:show |see |open )?(?:me )?(?:all )?my notes|(?:show |open )?(?:me )?the (?:papers|ones) i saved"
        r"|where are my (?:saved )?papers"
    ),
    "topics": (
        r"(?:what|which) (?:topics|subjects|fields|areas|categories) (?:are there|do you have"
        r"|can i (?:follow|get|have|subscribe to"
        r"|choose(?: from)?|pick)|exist|do you (?:cover|know|offer)|are available|is there)"
        r"|what do you (?:cover|offer|have)"
        r"|what (?:can|could) i (?:subscribe to|follow|sign up for|get here|read)(?: here)?|what is there"
        r"|(?:show |list )?(?:me )?(?:all )?(?:the )?"
        r"(?:available )?topics(?: list)?|what else is there"
        r"|(?:give|send|get) (?:me )?(?:everything|all (?:the )?topics)(?: you (?:have|got|send|offer))?"
        r"|everything you (?:have|got|send|offer)"
    ),
    "help stop": (
        rf"{_HOW} (?:stop|end|turn (?:off|{_MAIL} off)|disable|get rid of|quit|mute"
        r"|opt out)(?: of)?(?: (?:you|this|it|the bot|all of|all"
        rf"|getting|receiving|sending|the|these|those|that|{_MAIL})){{0,4}}(?: from you)?"
    ),
    "help unsubscribe": (
        rf"{_HOW} (?:unsubscribe|cancel|unfollow|leave)(?: from)?{_THINGS}|can i (?:unsubscribe"
        rf"|cancel){_THINGS}"
    ),
    "help subscribe": rf"{_HOW} (?:subscribe|sign up|follow|get (?:started|digests?|papers|it daily)){_THINGS}",
    "help pause": rf"{_HOW} (?:pause|snooze|suspend){_THINGS}",
    "help resume": rf"{_HOW} (?:resume|unpause|continue|restart){_THINGS}",
    "help save": rf"{_HOW} (?:save|bookmark|keep)(?: (?:papers?|something|things|one|it|this|that|them|the|a)){{0,4}}",
    "help search": (
        rf"{_HOW} (?:search|find|look for|look up)(?: (?:papers?|something|things|one|for|a|an|older"
        rf"|old)){{0,4}}"
    ),
    "settings ": rf"{_HOW} (?:change|set|adjust|configure|edit|choose|switch){_THINGS}",
    "help undo": rf"{_HOW} (?:undo|revert){_THINGS}",
    "help forgetme": rf"{_HOW} (?:delete|erase|remove) (?:my|all my|the) (?:data|account|history)",
    "forgetme": (
        r"(?:delete|erase|remove|clear) (?:(?:all )?(?:of )?my (?:data|account|information|info|history"
        r"|everything)|(?:all|everything)(?: you (?:know|have))? (?:about|of|on) me)"
    ),
    "settings": (
        r"(?:change|edit|show|see|open|check) (?:the |my )?(?:settings?|preferences|options|schedule)"
        r"|(?:what are )?(?:my|our) (?:settings|preferences|schedule)"
        r"|what(?:s| is| are) my (?:settings?|time ?zone|time|days|language|schedule|preferences)|schedule"
    ),
    "subscriptions ": (
        r"(?:when|at what time|what time) (?:do|does|will|is|are|did) (?:i|my|the|it|they|you"
        r"|we)(?: \w{2,12}){0,4} ?(?:come|arrive|get|"
        r"sent|send|delivered|deliver|be|next|digests?|due)(?: (?:my|the|them|it|digests?|sent"
        r"|delivered|here|next)){0,4}"
    ),
    "settings timezone": (
        r"(?:change |set )?(?:the |my )?(?:time zone|timezone)|(?:my |the )?time ?zone is wrong"
        r"|wrong time ?zone"
    ),
    "settings time": (
        r"(?:change|set) (?:the |my )?(?:delivery )?time(?: of delivery)?|another time|different time"
        r"|wrong time|(?:(?:make|send|deliver|have|get)(?: (?:it|them|me))? )?(?:an? (?:bit|little|hour)"
        r"|half an hour|much"
        r"|(?:one|two|three|\d) (?:hours?|minutes?)) (?:earlier|later)"
    ),
    "settings language": (
        r"(?:change|set|switch) (?:the |my )?language|another language|different language"
        r"|wrong language"
    ),
    "settings days": r"(?:change|set) (?:the |my )?(?:delivery )?days|other days|different days",
    "settings layout headlines": (
        r"(?:only |just )?(?:make it |show |send )?(?:only |just )?(?:me )?(?:the )?(?:headlines"
        r"|titles)(?: only| instead)|(?:only|just) (?:(?:show|send) (?:me )?)?(?:the )?(?:headlines"
        rf"|titles)|{_MAKE_THEM}(?:shorter|briefer|more (?:compact|concise|brief))(?: {_CARDS})?"
        r"|(?:keep|make) (?:it|them) (?:short|brief)|(?:i )?prefer (?:only |just |the )?(?:headlines|titles)"
    ),
    "settings layout full": (
        r"(?:the )?full (?:layout|cards|digests)|show everything"
        r"|(?:(?:see|show|send|give|read|have|get)(?: me)? )?(?:the )?(?:full|whole|complete|longer|long) "
        rf"(?:summaries|analyses|digests|cards)|{_MAKE_THEM}(?:longer|more detailed)(?: {_CARDS})?"
    ),
    "settings layout": (
        rf"(?:(?:its|it is|theyre|they are|this is|that is|thats|these are|(?:the )?{_CARDS} (?:is|are)) )?"
        r"(?:a (?:bit|little) |much |way |far )?too (?:long|short|much text)"
    ),
    "settings quiet on": (
        rf"(?:turn|switch|put) (?:off|down) {_SOUND}|(?:turn|switch) {_SOUND} (?:off|down)|(?:no|without|mute) {_SOUND}"
        rf"|{_SEND_THEM} (?:silently|quietly|without (?:a )?sound)|(?:silent|quiet) (?:mode|delivery|messages)"
        rf"|make (?:it|them|(?:the |my )?{_CARDS}) (?:silent|quiet)"
    ),
    "settings quiet off": (
        rf"(?:turn|switch|put) (?:back )?on {_SOUND}|(?:turn|switch) {_SOUND} (?:back )?on"
        rf"|with (?:a )?sound(?: again)?|{_SEND_THEM} with (?:a )?sound|unmute {_SOUND}"
    ),
    "settings bundle on": (
        rf"(?:{_SEND_THEM} )?(?:together )?(?:in|into|as) (?:just |only )?(?:one|a single|the same) {_CARDS}"
        r"(?: only| a day| each day| per day)?"
        r"|(?:combine|merge|bundle|join)(?: (?:them|it|all|everything|(?:all )?(?:the |my )?(?:topics|digests)))?"
        rf"(?: together)?(?: (?:in|into) (?:one|a single) {_CARDS})?"
        rf"|(?:just |only )?(?:one|a single) {_CARDS} (?:a day|for (?:all|everything)|for all topics)"
    ),
    "settings bundle off": (
        r"(?:(?:send|get|make|use|want|give)(?: me)? )?(?:(?:one|a|a separate|its own|an own|separate) )?"
        rf"{_CARDS} (?:per|for (?:each|every)|each|by)(?: single)? topics?"
        rf"|{_SEND_THEM} (?:separately|apart|one by one)"
        r"|(?:do not|dont) (?:bundle|combine|merge|join)(?: (?:them|it|topics|digests|the topics|everything))?"
        r"|split (?:them|it|the (?:digests?|messages?|topics))(?: up)?|unbundle(?: (?:them|it|the topics))?"
        r"|(?:each|every) topic (?:on its own|separately|by itself|in its own message)"
    ),
    "latest today": (
        rf"{_WHATS_NEW}(?: any)?(?: (?:new|fresh|up|latest))?(?: (?:papers?|digests?"
        r"|news))?(?: (?:for|from|of))? (?:today|this morning|tonight)"
        r"|what happened today|(?:new )?(?:papers?|digests?|news|articles) (?:of |from |for )?today"
        r"|todays?(?: (?:papers?|digests?|news|articles))?"
        r"|(?:what|which|how many) (?:new )?papers? (?:came|came out|appeared|are there|were there"
        r"|are new)(?: out)? today"
    ),
    "latest": (
        rf"{_WHATS_NEW} (?:new|fresh|the latest|the newest)(?: (?:papers?|digests?|news|things?|stuff|there"
        r"|here|in there))?"
        r"(?: this week| lately| recently)?|(?:the )?(?:latest|newest|recent|most recent|new) (?:papers?"
        r"|digests?|news|ones?|stuff|articles)"
        r"|(?:the )?(?:last|newest|latest|most recent) digest|what(?: have| did)? i miss(?:ed)?|what did i miss"
        r"|catch me up|(?:have|did) i miss(?:ed)? (?:anything|something|much)|whats (?:happening|going on)|any news"
    ),
    "unsubscribe": (
        r"(?:cancel|end|stop|remove|delete|drop) (?:my |the |a |this |our )?subscriptions?"
        r"|unsubscribe (?:me|us|from (?:this|it|a topic|topics?))"
    ),
    "unsubscribe all": (
        rf"(?:unsubscribe|unsub|unfollow|cancel|end|remove|delete|drop)(?: me| us)?(?: from)? {_ALL}"
        r"|unsubscribe me completely"
    ),
    "stop": (
        rf"stop(?: (?:it|this|that|now|sending(?: me)?(?: {_MAIL})?|{_ALL}|spamming(?: me)?"
        rf"|messaging(?: me)?|bot|the bot|{_MAIL})){{0,4}}"
        r"|(?:no|no more|dont send(?: me)?(?: any)?(?: more)?|i (?:dont"
        rf"|do not) want(?: any)?(?: more)?) {_MAIL}(?: (?:any ?more|any longer))?"
        r"|leave me alone|go away|shut up|be quiet|quit|turn (?:it|this|everything|yourself) off"
        r"|switch (?:it|this) off|opt out|enough"
        r"|im (?:done|not interested(?: any ?more)?)|mute"
        r"|(?:remove|take|get) (?:me|us) (?:from|off) (?:this|that|the|your|all|any|every)(?: of)?(?: the| your)?"
        r"(?: mailing)? lists?"
    ),
    "pause": (
        r"stop for (?:now|a while|the moment|a bit|a few days)|(?:pause|hold|suspend|snooze)(?: (?:it|this|that"
        rf"|{_ALL}|{_MAIL}|for now|for a while|a bit|my|the"
        r"|deliver(?:y|ies)|sending)){0,4}"
    ),
    "resume": (
        r"(?:resume|continue|unpause|restart|un ?mute)(?: (?:it|this|everything|all|sending|please"
        r"|deliver(?:y|ies)|my|the|digests?|topics)){0,4}"
        r"|(?:start|begin)(?: sending)?(?: (?:me|digests?|papers|it|them)){0,4} again|(?:carry|go) on|(?:i am"
        r"|im) back(?: from (?:holiday|vacation|leave))?"
        r"|wake up(?: again)?|turn (?:it|them|everything) (?:back )?on|(?:end|stop|cancel) the pause|no more pause"
    ),
    "save it": (
        rf"(?:save|bookmark|keep|remember|star)(?: me)? {_IT}(?: for (?:me|later))?|add {_IT} to my (?:list"
        r"|saved papers|bookmarks)"
    ),
    "summarize it": (
        rf"(?:summari[sz]e|sum up|tl;?dr)(?: for me)? {_IT}(?: for me)?"
        rf"|(?:(?:give me|write|make) )?a summary (?:of|for) {_IT}"
    ),
    "save all of them": r"(?:save|bookmark|keep) (?:all|everything|them all|all (?:the )?papers|both)",
    "unsave it": (
        rf"(?:unsave|unbookmark|unstar) {_IT}|(?:remove|delete|take) {_IT} (?:from|off) my (?:list"
        r"|saved papers|bookmarks)"
    ),
    "paper it figures": (
        r"(?:(?:show|see|open|view)(?: me)?|what are)? ?(?:its|the) (?:figures|images|pictures|plots"
        r"|diagrams)|(?:show|see|open)(?: me)? (?:figures|pictures|images)"
    ),
    "paper it abstract": r"(?:(?:show|see|open|read)(?: me)?)? ?(?:its|the) abstract|abstract",
    "paper it analysis": r"(?:(?:show|see|open|read)(?: me)?)? ?(?:its|the) analysis|analysis",
    "paper it full": (
        rf"(?:tell me |say )more(?: (?:about|on|of) {_IT})?|(?:show me |i want )?more (?:about|on"
        rf"|of) {_IT}"
        r"|(?:tell me|show me) everything|(?:show|see|open|read)(?: me)? (?:its|the) (?:full text"
        r"|whole thing|rest|details)"
        rf"|(?:more )?(?:details|information)(?: (?:about|on) {_IT})?|explain {_IT}|expand(?: {_IT})?"
        r"|read more|full text"
    ),
    "follows author it": (
        rf"(?:follow|subscribe to) (?:{_IT}|(?:this|that|the|its|his|her) (?:first )?authors?"
        r"|(?:the )?authors? of (?:this|that|it)(?: paper)?|(?:this|that) papers? authors?)"
        r"|(?:more|papers) (?:from|by) (?:this|that|the|these) authors?"
    ),
    "follows less it": (
        r"(?:show (?:me )?|send (?:me )?|i want )?(?:less|fewer|not (?:so )?many)(?: papers?)?(?: (?:like|of)) "
        r"(?:this|that|these|those|it|them|this one|this paper)|no more (?:like|of) (?:this|that|these|it)"
        r"|(?:this is )?not (?:interesting|relevant|for me)"
    ),
    "more next": (
        r"(?:show |see |load |give )?(?:me )?(?:some )?more(?: (?:papers|results|of (?:them|these|those)"
        r"|ones))?|(?:the )?next(?: (?:page|ones?|papers|results|please))?"
        r"|(?:what|anything) else|(?:any|are there) (?:more|others?)|(?:show |see )?(?:me )?the (?:rest"
        r"|others|other ones)|page down"
    ),
    "more previous": (
        r"(?:the )?(?:prev|previous)(?: (?:page|ones?|papers|results))?|(?:go )?back(?: a page"
        r"| one page)?"
        r"|page up|(?:the )?last page back"
    ),
    "start": (
        r"(?:hi|hello|hey|hiya|hallo|howdy|yo|greetings|good (?:morning|afternoon|evening|day)"
        r"|morning)(?: (?:there|bot|all|everyone|everybody|again))?|(?:lets |get )(?:go|begin|started)|ping"
        r"|(?:are )?you (?:there|alive|awake|online|working|up)|are you (?:here|still there)"
        r"|(?:is )?any(?:one|body) (?:there|here|home)"
    ),
    "random": (
        r"(?:show |give |send |pick |read )?(?:me )?(?:any|a random|some random|any random) (?:paper|one|article)"
        r"|pick (?:one|a paper|something)(?: for me)?"
        r"|(?:show |give |send )?(?:me )?(?:something|anything) (?:interesting|good|fun|to read)"
    ),
    "chat ok": (
        r"(?:ok|okay|k|kk|alright|all right|got it|i see|understood|sounds good|looks good|(?:that(?:s"
        r"| is) |very |so )?(?:great|cool|nice|perfect|awesome|good|fine|wonderful|amazing|excellent"
        r"|helpful)"
        r"|well done|good (?:job|bot)|nice (?:job|one|bot)|sure|will do|makes sense|wow|lol|haha+|ha"
        r"|how are you(?: doing)?|whats up|sup|love it|i (?:love|like) (?:it|this|you))(?: (?:then|bot|job"
        r"|one|thanks))?"
    ),
    "chat thanks": (
        r"(?:ok |great |cool |perfect |nice )?(?:many )?(?:thanks|thank you|thankyou|thx|thnx|tnx|ty|tysm"
        r"|cheers|much appreciated|appreciate it|danke|merci)(?: (?:so much|very much|a lot|a bunch"
        r"|a million|again|bot|anyway|you|man|for (?:the|your) (?:help|papers|digest)|for (?:that|this"
        r"|it))){0,4}"
    ),
    "chat bye": (
        r"(?:good ?bye|bye|bye bye|see (?:you|ya)(?: (?:later|soon|tomorrow))?|cya|good ?night|ciao"
        r"|farewell|later|talk (?:to you )?(?:later|soon))(?: (?:bot|for now|then|everyone))?"
    ),
    "chat yes": r"(?:yes|yep|yeah|yup|yea|ya|y|yes please|of course|certainly|absolutely|correct|right|exactly)",
    "chat no": r"(?:no|nope|nah|n|not really|no way|wrong|not now|no thanks|no thank you)",
}
_CHINESE_ALL = r"(?:都|全都?|全部|所有|统统|一切|通通)"
_CHINESE_SOUND = r"(?:推送|消息|提示)?(?:的)?(?:声音|提示音|铃声)"
_CHINESE_IT = r"(?:它|他|这个|那个|这一?篇|那一?篇|该篇|此篇|刚才那篇)(?:论文|文章)?"
_CHINESE = {
    "undo": (
        r"(?:不对|错了|弄错了|等等|等一下)? ?(?:把|将)?(?:刚才|刚刚)?的?"
        r"(?:取消|撤销|撤回|撤消|回退)(?:掉|了|刚才的?|上一步|刚刚的?|这个|那个|操作|修改|更改|设置|一下|吧){0,4}"
        r"|算了(?:算了)?|当我没说|(?:刚才|刚刚)?(?:是|我)?(?:点|按|弄|发|打|搞|选)错了?"
        r"|改回(?:去|来)|还原|恢复原样|不对"
    ),
    "help": (
        r"(?:你|这个?|这个?机器人|机器人|这里)?(?:都)?(?:能|会|可以)(?:帮我)?(?:做|干"
        r"|用来做)?(?:些)?(?:什么|啥|干嘛|点什么)|你是(?:谁|什么|干什么的"
        r"|做什么的)|这是(?:什么|干嘛的|什么机器人)"
        r"|(?:你)?(?:都)?有(?:什么|哪些|啥)(?:功能|命令|指令|用处|用)|功能(?:列表|介绍)|(?:怎么|如何"
        r"|怎样|咋)(?:使)?用(?:这个|你|它|这个机器人)?"
        r"|不会用|我不(?:懂|明白|会)|帮帮我|救命|菜单|命令|指令|求助|使用(?:帮助|方法|说明)"
    ),
    "subscriptions": (
        r"(?:我|我们|这里|本群|本频道)?(?:现在|目前|已经|都|一共){0,4}(?:订阅|关注|订)了?(?:了)?(?:什么"
        r"|哪些|哪几个|啥|几个|多少)(?:主题|话题|内容|东西|方向)?(?:了)?"
        r"|我(?:现在|目前)?(?:有|订)(?:了)?(?:哪些|什么|啥)(?:订阅|主题)|(?:看|看看|查看|列出"
        r"|显示)?(?:我的(?:所有|全部)?(?:订阅|主题)|(?:所有"
        r"|全部)?订阅)(?:列表|情况)|(?:看|看看|查看|列出|显示)(?:我的(?:所有|全部)?(?:订阅|主题)"
        r"|(?:所有|全部)?订阅)|我的主题|我订阅的(?:主题|内容)?"
        r"|(?:我)?(?:会|能)收到(?:什么|哪些)|(?:有没有|是否)(?:订阅|关注|订)(?:什么|哪些|任何|过)?(?:主题|东西)?"
    ),
    "saved": (
        r"我?(?:现在|目前|已经|都|一共){0,4}(?:收藏|保存|存)(?:过|了){0,4}(?:什么|哪些|啥|几篇|多少"
        r"|哪几篇)(?:论文|文章)?|(?:看|看看|查看|打开|列出"
        r"|显示)?我?(?:的|已)?(?:收藏|保存)(?:过|了)?的(?:论文|文章|东西|列表)?"
        r"|(?:看|看看|查看|打开|列出|显示)(?:一下)?(?:我的)?收藏(?:夹|列表)?|我的(?:论文|书签|列表|笔记)"
    ),
    "topics": (
        r"(?:都|还|你|这里|现在){0,4}有(?:什么|哪些|啥|几个)(?:可以?订阅的|可选的)?(?:主题|话题|方向|领域"
        r"|内容|可以?订阅的?|可选)(?:可以选|可选|可以订阅)?"
        r"|(?:我)?(?:可以|能|能够)(?:订阅|关注|选)(?:什么|哪些|啥)(?:主题|话题)?|(?:看|看看|列出"
        r"|显示)(?:所有|全部)?(?:主题|话题)(?:列表)?"
        r"|(?:所有|全部)?(?:主题|话题)(?:都)?列(?:一下|出来?)|订阅(?:什么|哪些)好|有(?:什么|哪些|啥)(?:主题|话题"
        r"|方向|领域|内容)?(?:可以|能)?(?:订|选|关注)(?:阅|的)?"
        r"|(?:我)?(?:全部|全都?|都|所有(?:主题|话题)?都?)(?:都)?(?:要|想要|订上?|订阅|关注)"
    ),
    "help unsubscribe": (
        rf"{_CHINESE_HOW}(?:退订|取消(?:订阅|关注|推送|通知|提醒)?|不订(?:阅)?|不再订阅)(?:了|呢|主题"
        rf"|它|这个){{0,4}}|退订(?:方法|怎么弄)"
    ),
    "help stop": (
        rf"{_CHINESE_HOW}(?:停止?|停掉|停下来|关掉|关闭|关|屏蔽|不再?收到?)(?:推送|订阅|消息|它|这个|你"
        rf"|了|通知|所有){{0,4}}"
    ),
    "help subscribe": rf"{_CHINESE_HOW}(?:订阅|关注|订)(?:主题|一个|论文|话题|它|呢){{0,4}}",
    "help pause": rf"{_CHINESE_HOW}暂停(?:推送|订阅|一下){{0,4}}",
    "help resume": rf"{_CHINESE_HOW}(?:恢复|取消暂停)(?:推送|订阅){{0,4}}",
    "help save": rf"{_CHINESE_HOW}(?:收藏|保存|存)(?:论文|一篇|它|文章|这篇){{0,4}}",
    "help search": rf"{_CHINESE_HOW}(?:搜索|搜|查找|查|检索|找)(?:论文|文章|一篇|东西|旧的){{0,4}}",
    "settings ": (
        rf"{_CHINESE_HOW}(?:设置|设定|修改|更改|改|换|调整|调|切换)(?:推送|送达|发送|的|我的){{0,4}}(?:时间"
        rf"|时区|语言|日期|星期|设置|版式|频率)?"
    ),
    "help undo": rf"{_CHINESE_HOW}(?:撤销|撤回|反悔)",
    "forgetme": (
        r"(?:删除|清除|清空|注销)(?:掉)?(?:我的|关于我的)(?:所有|全部|一切)?(?:的)?(?:数据|信息|账号"
        r"|记录|东西)"
    ),
    "help forgetme": rf"{_CHINESE_HOW}(?:删除|清除|注销)(?:我的)?(?:数据|信息|账号|记录)",
    "subscriptions ": (
        r"(?:下一?(?:次|期|个)?)?(?:速递|论文|推送)?(?:什么时候|几点|何时|啥时候)(?:会|给我"
        r"|能){0,4}(?:推送|发送?|送达|收到|到|发给我|来)(?:呢)?"
        r"|我的订阅(?:都)?(?:有|是)(?:哪些|什么)"
    ),
    "settings": (
        r"(?:我的|打开|查看|看|修改|更改|改)(?:一下)?(?:我的)?(?:设置|设定|推送时间|配置)|我的(?:时区"
        r"|推送时间|时间|语言)(?:是什么|是几点|是)?"
    ),
    "settings timezone": r"(?:改|换|设置|修改|更改|调整?)?(?:一下)?(?:我的)?时区(?:不对|错了|设置)?",
    "settings time": (
        r"(?:改|换|设置|修改|更改|调整?)(?:一下)?(?:我的|推送|送达){0,4}时间|(?:推送|送达)时间|换个时间"
        r"|再?(?:提前|推迟|延后|[早晚](?=.))(?:[一两二三半\d]{0,3}个?半?(?:小时|钟头|分钟)|一?[点些])(?:推送?|发送?)?"
    ),
    "settings language": r"(?:改|换|设置|修改|更改|切换)(?:一下)?(?:我的)?语言|语言设置|换种语言",
    "settings days": r"(?:改|换|设置|修改|更改|调整?)(?:一下)?(?:推送|送达)(?:的)?(?:日期|日子|星期)",
    "settings layout headlines": (
        r"只?(?:看|要|显示|发|推送?)?(?:标题)(?:就行|就好|就可以|即可)|只(?:看|要|显示|发|推送?)标题"
        r"|(?:太长了? ?)?再?(?:弄|发|写|改|变)?得?(?:短|简短|简洁|精简)一?[点些](?:就好|就行|的)?"
    ),
    "settings layout full": (
        r"(?:想)?(?:看|显示|发|要|读)(?:完整|详细|全部)的?(?:版|总结|摘要|解读|卡片)|(?:看|显示)完整(?:的|内容)"
        r"|再?(?:长|详细|具体)一?[点些]"
    ),
    "settings layout": r"(?:这|内容|消息|推送|字)?(?:有点|也)?太(?:长|短|多|啰嗦)",
    "settings quiet on": (
        rf"(?:关掉?|关闭|不要|不用|别有|去掉){_CHINESE_SOUND}|{_CHINESE_SOUND}(?:关掉?|关闭)|(?:推送|消息)?(?:不要"
        r"|别)(?:出声|发出声音|响)"
        r"|(?:安静|静音|静默|悄悄)地?(?:推送?|发送?)|(?:开启?|打开)静音|静音模式"
    ),
    "settings quiet off": (rf"(?:打开|开启?|恢复){_CHINESE_SOUND}|{_CHINESE_SOUND}(?:打开|开)|(?:关闭|取消|解除)静音"),
    "settings bundle on": (
        rf"{_CHINESE_ALL}?(?:主题)?(?:合|合并|汇总|整合|放|并)(?:并|在|到|成|为){{0,2}}(?:一起"
        r"|同?一[条个份](?:消息)?)里?"
        r"(?:发|推送?|给)?|合并(?:推送|发送?)|(?:一起|合起来)(?:发|推送?)"
    ),
    "settings bundle off": (
        r"[每一]个?(?:主题|话题)(?:单独)?(?:发|推送?)?一[条个份](?:消息)?|(?:不要|别|取消)合并(?:推送?|发送?)?"
        r"|(?:[每各]个?)?(?:主题)?(?:分开|单独)来?(?:发|推送?)"
    ),
    "random": (
        r"(?:随便|随机|任意)(?:给我)?(?:来|看|推荐|选|挑|发|读)?[看读]?一?[篇个](?:论文|文章)?|推荐一?篇(?:论文|文章)?"
        r"|来一?篇(?:论文|文章)"
    ),
    "latest today": (
        r"(?:今天|今日|今早)(?:又|都|还)?有?(?:没有|没|什么|啥|哪些)?(?:新|更新|最新)?(?:的|了"
        r"|出){0,4}(?:论文|消息|内容|东西|速递|文章|更新|新闻|日报|成果"
        r"|进展)?(?:可以看|可看|推荐)?(?:没有)?"
    ),
    "latest": (
        r"(?:最近|近期|这周|本周|现在)?(?:又|都|还)?有(?:没有|没|什么|啥|哪些)?(?:新|更新|最新)(?:的"
        r"|了|出){0,4}(?:论文|消息|内容|东西|速递|文章|更新|新闻)?"
        r"|(?:我)?(?:有没有|有)?(?:错过|漏掉?)了?(?:什么|啥|哪些)(?:论文|内容|东西|消息)?"
        r"|(?:最新|最近)(?:的|一期|一期的){0,4}(?:论文|消息|速递|文章|日报|一期)|(?:来|看|发)(?:点|些"
        r"|看)?(?:新|最新)(?:的)?(?:论文|速递|东西)?"
    ),
    "unsubscribe": r"(?:取消|退)(?:掉|了)?(?:我的)?订阅?|(?:取消订阅|退订)(?:了|一个|主题|我的){0,4}|不想订了|不订了",
    "unsubscribe all": (
        rf"(?:{_CHINESE_ALL}(?:给我|的|订阅|主题|话题){{0,4}}(?:{_CHINESE_ALL})?(?:退订?|取消(?:订阅|关注)?"
        rf"|不订|退)(?:掉|了){{0,4}}|(?:退订"
        rf"|取消(?:订阅|关注)?|退掉?){_CHINESE_ALL}(?:的)?(?:订阅|主题|话题){{0,4}}|一个都不要|{_CHINESE_ALL}不要)"
    ),
    "stop": (
        r"(?:停|停停|停下|停下来|停掉|全停|别吵|闭嘴|关掉|关闭|关了|够了|烦死了|太烦了|走开)(?:推送"
        r"|通知|消息)?|(?:不要|别|不想|不用|停止|不需要|先别)(?:再|继续"
        r"|给我|在|收到){0,4}(?:推送?|发送?|发|通知|打扰我?|烦我|收|收到)(?:了|消息|推送|速递|任何|论文){0,4}"
        r"|停止(?:推送|发送|订阅|一切|所有|全部){0,4}"
    ),
    "pause": rf"(?:先|全部|都)?(?:暂停|停一停|停一会|缓一缓)(?:{_CHINESE_ALL}|推送|订阅|一会儿?|一阵子?){{0,4}}",
    "resume": (
        r"继续(?:推送?|发送?|发|订阅|给我){0,4}|(?:不|别|不用|不要|取消|解除|结束|停止)(?:再)?暂停"
        r"|恢复(?:正常|全部|所有|推送|订阅|吧){0,4}|接着(?:推送?|发)"
        r"|重新(?:开始|开启)|重新(?:开始|开启)?(?:推送?|发送?)|我回来|可以推送|开启推送|打开推送"
    ),
    "save it": (
        rf"(?:存|收|收藏|保存|留)(?:着|起来|下来)|(?:收藏|保存|存下?|记下|标记){_CHINESE_IT}|(?:把"
        rf"|将)?{_CHINESE_IT}(?:给我|帮我)?(?:收藏|保存"
        rf"|存)(?:起来|下来|下)?|收藏(?:起来)?这"
    ),
    "save 这些": r"(?:这些|它们|这几篇)?(?:全部?都?|都|一起)(?:给我|帮我)?(?:收藏|保存|存)(?:起来|下来)?",
    "summarize it": rf"(?:总结|概括)(?:一下)?{_CHINESE_IT}|(?:把|将)?{_CHINESE_IT}(?:总结|概括)(?:一下)?",
    "unsave it": (
        rf"(?:取消收藏|取消保存){_CHINESE_IT}|(?:把|将)?{_CHINESE_IT}(?:取消收藏|从收藏(?:夹|里"
        rf"|中){{0,4}}(?:删掉|删除|移除))|(?:删掉?"
        r"|移除)(?:这个)?收藏"
    ),
    "paper it figures": (
        rf"(?:看|看看|显示|打开|给我看|发)?(?:一下)?{_CHINESE_IT}的?(?:图片?|插图|配图|图表)|(?:看|看看"
        rf"|显示)(?:一下)?(?:图片?|插图|配图)"
    ),
    "paper it abstract": (
        rf"(?:看|看看|显示|打开)?(?:一下)?(?:{_CHINESE_IT}的?)(?:摘要)|(?:看|看看|显示)?(?:一下)?(?:原文)?摘要"
    ),
    "paper it analysis": (
        rf"(?:看|看看|显示|打开)?(?:一下)?(?:{_CHINESE_IT}的?)(?:分析|解读)|(?:看|看看"
        rf"|显示)?(?:一下)?(?:分析|解读)"
    ),
    "paper it full": (
        rf"(?:看|看看|显示|打开)?(?:一下)?(?:{_CHINESE_IT}的?)(?:全文|详情|细节|全部内容)|(?:看|看看"
        rf"|展开|显示)?(?:一下)?(?:全文|详情)|(?:看|看看|展开|显示)(?:一下)?(?:全部"
        rf"|{_CHINESE_IT})|(?:详细|展开)?(?:说说|讲讲|介绍)(?:一下)?{_CHINESE_IT}|展开"
    ),
    "follows author it": (
        rf"(?:关注|订阅)(?:一下)?(?:{_CHINESE_IT}(?:的作者)?|[这那该此][个位些]?作者们?|作者们?|他们?|她)"
    ),
    "follows less it": (
        r"(?:以后)?(?:请|帮我)?(?:少来?|少发|少推|少给我?|不要|不想看|别再?发|别推)(?:送|荐|发|来|看)?(?:点|些|一点"
        r"|一些)?"
        r"像?(?:这样|这种|这类|此类|类似)的?(?:论文|文章|东西|内容)?|(?:这篇)?不感兴趣|不喜欢这[个篇类种]"
    ),
    "more next": (
        r"(?:看|查看|显示|加载|再?来|再?给)?(?:点|些|一些)?更多(?:的)?(?:论文|结果)?|(?:看|去"
        r"|翻到?)?下一?(?:页|批|篇|组)|(?:往)?后(?:翻"
        r"|面)(?:的|呢|一页)?|翻页|(?:再|还)(?:来|有)(?:点|些|一些|更多|别的|其他|其它|没有"
        r"|几篇){0,4}(?:的)?(?:论文)?|还有(?:别的|其他的?)?(?:论文)?"
        r"|其他的|剩下的?"
    ),
    "more previous": r"(?:看|回|去|返回|翻到?)?上一?(?:页|批|组)|(?:往)?前(?:翻|面的)(?:一页)?|返回|回去",
    "start": (
        r"(?:你好|您好|嗨|哈喽|哈啰|嘿|早|早上好|早安|上午好|中午好|下午好|晚上好|大家好|在|在不在"
        r"|有人)(?:呀|啊|你好|机器人)?|(?:我们)?开始(?:使用)?"
    ),
    "chat ok": (
        r"(?:好|好的|好滴|好呀|好吧|嗯+|嗯嗯|行|可以|收到|知道|明白|懂|了解|ok|没问题|没事|不错|很好"
        r"|真不错|挺(?:好|不错)|太好|真好|真棒|太棒|棒|赞|厉害|牛|酷|哈+|哇|哦+|噢|原来如此"
        r"|对头)(?:了|的|啊|呀|哦|！){0,4}(?:谢谢)?"
    ),
    "chat thanks": (
        r"(?:好的?)?(?:谢谢|谢|多谢|感谢|谢啦|谢谢谢谢|非常感谢|太感谢|辛苦|有劳|3q|蟹蟹)(?:你|您|啦"
        r"|了|大家|帮忙|你的帮助|您的帮助){0,4}"
    ),
    "chat bye": r"(?:再见|拜拜|拜|晚安|回见|回头见|明天见|下次见|再会|88|白白)(?:了|啦|咯){0,4}",
    "chat yes": r"(?:是|是的|对|对的|没错|当然|确定|确认|要|需要|同意|正确)",
    "chat no": r"(?:不|不是|不要|不用|不用了|否|没有|不行|不同意|不需要|不对|别)",
}


def _build_language_phrases() -> Iterator[tuple[str, str]]:
    for code, (english, chinese) in _LANGUAGES.items():
        wanted = (
            rf"(?:{_TO_LANGUAGE} ){{1,6}}(?:{english})(?: language| mode| version)?",
            rf"(?:{english}) (?:please|language|instead)",
            rf"(?:{_CHINESE_TO_LANGUAGE} ?){{1,4}}(?:{chinese})(?:回答|回复|显示|说话?|交流|界面|版|的)?",
            rf"(?:{chinese})(?:版|界面|显示|回复)",
        )
        yield f"settings language {code}", "|".join(wanted)


@cache
def load_phrases() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What each command is said by; compiled when somebody first says something."""
    lines = (*_ENGLISH.items(), *_CHINESE.items(), *_build_language_phrases())
    return tuple((line, compile_late(pattern)) for line, pattern in lines)


_PAGE = compile_late(
    r"(?:(?:go to|show|open|to) ){0,2}(?:the )?(?:page (?P<english>\d{1,3})|p ?(?P<short>[12]?[1-9]))"
    r"|(?:看|去|翻到|跳到|到)?第 ?(?P<chinese>\d{1,3}|[一二三四五六七八九]) ?页"
)
_CHINESE_DIGITS = {digit: str(number) for number, digit in enumerate("一二三四五六七八九", 1)}


def list_plain_forms(text: str) -> tuple[str, ...]:
    """The line without signs and case, and without the politeness at its beginning and end, step by step."""
    if len(text) > _MAX_CHARACTERS:
        return ()
    plain = _SIGNS.sub(" ", fold_text(normalize_widths(text)).replace("'", "")).strip()
    forms = [plain]
    for pattern in (_TRAIL, _LEAD, _CHINESE_LEAD, _CHINESE_TRAIL, _CHINESE_LEAD, _CHINESE_TRAIL):
        last = forms[-1]
        match = pattern.match(last) if pattern in (_LEAD, _CHINESE_LEAD) else pattern.search(last)
        if match and (rest := (last[: match.start()] + last[match.end() :]).strip()):
            forms.append(rest)
    if core := _CHINESE_FILLERS.sub("", plain).strip():
        forms.append(core)
    return tuple(dict.fromkeys(forms))


def find_phrase(text: str) -> str:
    """The command that a line says in other words, with its arguments; empty if it says none."""
    for form in list_plain_forms(text):
        for line, pattern in load_phrases():
            if pattern.fullmatch(form):
                return line.strip()
        if match := _PAGE.fullmatch(form):
            number = match["english"] or match["short"] or match["chinese"]
            return f"more p{_CHINESE_DIGITS.get(number, number)}"
    return ""
