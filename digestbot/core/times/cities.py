"""Places that people name and the timezone database does not: large cities, states, provinces and abbreviations.

CLDR has the cities after which timezones are named, and the countries, in every language (``places.py``).
"""

from __future__ import annotations

CITIES: dict[str, str] = {
    "Asia/Shanghai": (
        "Beijing 北京, Peking 北京, Shenzhen 深圳, Guangzhou 广州, Canton 广州, Hangzhou 杭州, Nanjing 南京, "
        "Suzhou 苏州, Wuhan 武汉, Chengdu 成都, Chongqing 重庆, Tianjin 天津, Xian 西安, Xi'an 西安, Hefei 合肥, "
        "Changsha 长沙, Xiamen 厦门, Qingdao 青岛, Dalian 大连, Shenyang 沈阳, Harbin 哈尔滨, Changchun 长春, "
        "Jinan 济南, Zhengzhou 郑州, Kunming 昆明, Ningbo 宁波, Wuxi 无锡, Foshan 佛山, Dongguan 东莞, "
        "Fuzhou 福州, Nanchang 南昌, Guiyang 贵阳, Nanning 南宁, Lanzhou 兰州, Taiyuan 太原, Shijiazhuang 石家庄, "
        "Hohhot 呼和浩特, Haikou 海口, Sanya 三亚, Zhuhai 珠海, Lhasa 拉萨, Xining 西宁, Yinchuan 银川, "
        "Wenzhou 温州, Zhejiang 浙江, Jiangsu 江苏, Guangdong 广东, Sichuan 四川, Hubei 湖北, Hunan 湖南, "
        "Shandong 山东, Fujian 福建, Anhui 安徽, Mainland China 中国大陆, China Standard Time 中国标准时间, "
        "Beijing Time 北京时间, PRC 中华人民共和国"
    ),
    "Asia/Tokyo": (
        "Osaka 大阪, Kyoto 京都, Nagoya 名古屋, Yokohama 横滨, Sapporo 札幌, Fukuoka 福冈, Kobe 神户, "
        "Sendai 仙台, Tsukuba 筑波, Hiroshima 广岛, Okinawa 冲绳"
    ),
    "Asia/Seoul": "Busan 釜山, Daejeon 大田, Incheon 仁川, Daegu 大邱, Pohang 浦项, Korea 韩国",
    "Asia/Taipei": "Hsinchu 新竹, Kaohsiung 高雄, Taichung 台中, Tainan 台南, Taipei City 台北市",
    "Asia/Hong_Kong": "Kowloon 九龙, Hong Kong 香港, Hongkong 香港",
    "Asia/Macau": "Macao 澳门",
    "Asia/Kolkata": (
        "Mumbai 孟买, Bombay 孟买, Delhi 德里, New Delhi 新德里, Bangalore 班加罗尔, Bengaluru 班加罗尔, "
        "Chennai 金奈, Madras 金奈, Hyderabad 海得拉巴, Pune 浦那, Ahmedabad 艾哈迈达巴德, Kanpur 坎普尔, "
        "Jaipur 斋浦尔, Kochi 科钦, Lucknow 勒克瑙, Guwahati 古瓦哈提, Indore 印多尔, Roorkee 鲁尔基, Goa 果阿, "
        "Kerala 喀拉拉, India Standard Time 印度标准时间"
    ),
    "Asia/Karachi": "Lahore 拉合尔, Islamabad 伊斯兰堡, Rawalpindi 拉瓦尔品第",
    "Asia/Dhaka": "Chittagong 吉大港",
    "Asia/Ho_Chi_Minh": "Hanoi 河内, Ha Noi 河内, Da Nang 岘港, HCMC 胡志明市, Saigon 西贡",
    "Asia/Manila": "Cebu 宿务, Quezon City 奎松城, Davao 达沃",
    "Asia/Jakarta": "Bandung 万隆, Surabaya 泗水, Yogyakarta 日惹",
    "Asia/Makassar": "Bali 巴厘岛, Denpasar 登巴萨",
    "Asia/Kuala_Lumpur": "Penang 槟城, KL 吉隆坡, Johor Bahru 新山",
    "Asia/Bangkok": "Chiang Mai 清迈, Phuket 普吉",
    "Asia/Dubai": "Abu Dhabi 阿布扎比, Sharjah 沙迦, UAE 阿联酋",
    "Asia/Riyadh": "Jeddah 吉达, Mecca 麦加, Dhahran 达兰, Thuwal 图沃, KAUST 图沃",
    "Asia/Qatar": "Doha 多哈",
    "Asia/Tehran": "Isfahan 伊斯法罕, Shiraz 设拉子, Mashhad 马什哈德",
    "Asia/Jerusalem": "Tel Aviv 特拉维夫, Haifa 海法, Rehovot 雷霍沃特, Beersheba 贝尔谢巴",
    "Asia/Almaty": "Astana 阿斯塔纳, Nur-Sultan 努尔苏丹",
    "Asia/Yekaterinburg": "Perm 彼尔姆, Chelyabinsk 车里雅宾斯克",
    "Europe/Istanbul": "Ankara 安卡拉, Izmir 伊兹密尔, Turkey 土耳其, Turkiye 土耳其",
    "Europe/Moscow": (
        "Saint Petersburg 圣彼得堡, St Petersburg 圣彼得堡, Kazan 喀山, Sochi 索契, Dolgoprudny 多尔戈普鲁德内"
    ),
    "Europe/Kyiv": "Kiev 基辅, Lviv 利沃夫, Kharkiv 哈尔科夫, Odesa 敖德萨, Odessa 敖德萨",
    "Europe/London": (
        "Oxford 牛津, Cambridge 剑桥, Manchester 曼彻斯特, Edinburgh 爱丁堡, Glasgow 格拉斯哥, "
        "Bristol 布里斯托尔, Leeds 利兹, Sheffield 谢菲尔德, Nottingham 诺丁汉, Liverpool 利物浦, Cardiff 加的夫, "
        "Belfast 贝尔法斯特, Southampton 南安普敦, Birmingham 伯明翰, England 英格兰, Scotland 苏格兰, "
        "Wales 威尔士, Northern Ireland 北爱尔兰, UK 英国, Britain 英国, Great Britain 大不列颠"
    ),
    "Europe/Dublin": "Cork 科克, Galway 戈尔韦",
    "Europe/Paris": (
        "Lyon 里昂, Marseille 马赛, Toulouse 图卢兹, Grenoble 格勒诺布尔, Nice 尼斯, Bordeaux 波尔多, Lille 里尔, "
        "Strasbourg 斯特拉斯堡, Nantes 南特, Rennes 雷恩, Saclay 萨克雷"
    ),
    "Europe/Berlin": (
        "Munich 慕尼黑, München 慕尼黑, Muenchen 慕尼黑, Hamburg 汉堡, Frankfurt 法兰克福, Cologne 科隆, Köln 科隆, "
        "Stuttgart 斯图加特, Tübingen 图宾根, Tuebingen 图宾根, Heidelberg 海德堡, Dresden 德累斯顿, "
        "Leipzig 莱比锡, Karlsruhe 卡尔斯鲁厄, Aachen 亚琛, Bonn 波恩, Göttingen 哥廷根, Goettingen 哥廷根, "
        "Freiburg 弗赖堡, Saarbrücken 萨尔布吕肯, Saarbruecken 萨尔布吕肯, Darmstadt 达姆施塔特, Hannover 汉诺威, "
        "Hanover 汉诺威, Bremen 不来梅, Düsseldorf 杜塞尔多夫, Duesseldorf 杜塞尔多夫, Nuremberg 纽伦堡, "
        "Deutschland 德国, Central European Time 中欧时间"
    ),
    "Europe/Zurich": "Zürich 苏黎世, Geneva 日内瓦, Lausanne 洛桑, Basel 巴塞尔, Bern 伯尔尼, Lugano 卢加诺",
    "Europe/Vienna": (
        "Wien 维也纳, Graz 格拉茨, Linz 林茨, Innsbruck 因斯布鲁克, Salzburg 萨尔茨堡, Klosterneuburg 克洛斯特新堡"
    ),
    "Europe/Amsterdam": (
        "Delft 代尔夫特, Utrecht 乌得勒支, Eindhoven 埃因霍温, Rotterdam 鹿特丹, The Hague 海牙, Leiden 莱顿, "
        "Groningen 格罗宁根, Nijmegen 奈梅亨, Twente 特文特, Holland 荷兰"
    ),
    "Europe/Brussels": "Leuven 鲁汶, Ghent 根特, Antwerp 安特卫普, Liège 列日, Liege 列日",
    "Europe/Madrid": "Barcelona 巴塞罗那, Valencia 瓦伦西亚, Seville 塞维利亚, Bilbao 毕尔巴鄂, Granada 格拉纳达",
    "Europe/Lisbon": "Porto 波尔图, Coimbra 科英布拉",
    "Europe/Rome": (
        "Milan 米兰, Milano 米兰, Turin 都灵, Bologna 博洛尼亚, Florence 佛罗伦萨, Naples 那不勒斯, Pisa 比萨, "
        "Padua 帕多瓦, Trento 特伦托, Trieste 的里雅斯特, Venice 威尼斯, Genoa 热那亚, Roma 罗马"
    ),
    "Europe/Athens": "Thessaloniki 塞萨洛尼基, Heraklion 伊拉克利翁",
    "Europe/Warsaw": "Krakow 克拉科夫, Kraków 克拉科夫, Wroclaw 弗罗茨瓦夫, Gdansk 格但斯克, Poznan 波兹南",
    "Europe/Prague": "Brno 布尔诺, Czech Republic 捷克",
    "Europe/Bucharest": "Cluj 克卢日, Iasi 雅西",
    "Europe/Stockholm": "Gothenburg 哥德堡, Lund 隆德, Uppsala 乌普萨拉, Linköping 林雪平, Linkoping 林雪平",
    "Europe/Copenhagen": "Aarhus 奥胡斯, Aalborg 奥尔堡, Odense 欧登塞",
    "Europe/Oslo": "Trondheim 特隆赫姆, Bergen 卑尔根, Tromso 特罗姆瑟",
    "Europe/Helsinki": "Espoo 埃斯波, Tampere 坦佩雷, Turku 图尔库, Oulu 奥卢",
    "Europe/Tallinn": "Tartu 塔尔图",
    "Africa/Johannesburg": "Cape Town 开普敦, Pretoria 比勒陀利亚, Durban 德班",
    "Africa/Lagos": "Abuja 阿布贾, Ibadan 伊巴丹",
    "Africa/Cairo": "Alexandria 亚历山大, Giza 吉萨",
    "Africa/Casablanca": "Rabat 拉巴特, Marrakesh 马拉喀什",
    "America/New_York": (
        "NYC 纽约, New York City 纽约, Boston 波士顿, Cambridge 剑桥（马萨诸塞）, Washington DC 华盛顿, "
        "Washington 华盛顿, Philadelphia 费城, Pittsburgh 匹兹堡, Atlanta 亚特兰大, Miami 迈阿密, "
        "Princeton 普林斯顿, New Haven 纽黑文, Ithaca 伊萨卡, Baltimore 巴尔的摩, Ann Arbor 安娜堡, "
        "Columbus 哥伦布, Cleveland 克利夫兰, Charlotte 夏洛特, Durham 达勒姆, Raleigh 罗利, Orlando 奥兰多, "
        "Tampa 坦帕, Buffalo 布法罗, Providence 普罗维登斯, Massachusetts 马萨诸塞, Pennsylvania 宾夕法尼亚, "
        "Florida 佛罗里达, Georgia 佐治亚, New Jersey 新泽西, Virginia 弗吉尼亚, North Carolina 北卡罗来纳, "
        "Ohio 俄亥俄, Maryland 马里兰, Connecticut 康涅狄格, Eastern Time 东部时间, US Eastern Time 美国东部时间, "
        "US Eastern 美东, Eastern 美东, East Coast 美国东岸"
    ),
    "America/Chicago": (
        "Austin 奥斯汀, Houston 休斯敦, Dallas 达拉斯, Minneapolis 明尼阿波利斯, Madison 麦迪逊, "
        "St Louis 圣路易斯, Saint Louis 圣路易斯, New Orleans 新奥尔良, Nashville 纳什维尔, Champaign 香槟, "
        "Urbana 厄巴纳, Milwaukee 密尔沃基, Kansas City 堪萨斯城, San Antonio 圣安东尼奥, Texas 得克萨斯, "
        "Illinois 伊利诺伊, Wisconsin 威斯康星, Minnesota 明尼苏达, Iowa 艾奥瓦, Central Time 中部时间, "
        "US Central Time 美国中部时间, US Central 美中"
    ),
    "America/Denver": (
        "Boulder 博尔德, Salt Lake City 盐湖城, Albuquerque 阿尔伯克基, Los Alamos 洛斯阿拉莫斯, "
        "Colorado 科罗拉多, Utah 犹他, New Mexico 新墨西哥, Montana 蒙大拿, Wyoming 怀俄明, "
        "Mountain Time 山区时间, US Mountain Time 美国山区时间"
    ),
    "America/Phoenix": "Tucson 图森, Tempe 坦佩, Arizona 亚利桑那",
    "America/Los_Angeles": (
        "LA 洛杉矶, San Francisco 旧金山, SF 旧金山, Bay Area 湾区, Silicon Valley 硅谷, Seattle 西雅图, "
        "Portland 波特兰, San Diego 圣地亚哥, Palo Alto 帕洛阿尔托, Stanford 斯坦福, Berkeley 伯克利, "
        "San Jose 圣何塞, Pasadena 帕萨迪纳, Mountain View 山景城, Irvine 尔湾, Las Vegas 拉斯维加斯, "
        "Sacramento 萨克拉门托, Santa Barbara 圣巴巴拉, Redmond 雷德蒙德, California 加利福尼亚, California 加州, "
        "Oregon 俄勒冈, Washington State 华盛顿州, Washington 华盛顿州, Nevada 内华达, Pacific Time 太平洋时间, "
        "US Pacific Time 美国太平洋时间, US Pacific 美西, Pacific 美西, West Coast 美国西岸"
    ),
    "America/Anchorage": "Alaska 阿拉斯加, Fairbanks 费尔班克斯",
    "Pacific/Honolulu": "Hawaii 夏威夷",
    "America/Toronto": (
        "Ottawa 渥太华, Montreal 蒙特利尔, Montréal 蒙特利尔, Waterloo 滑铁卢, Quebec 魁北克, Ontario 安大略"
    ),
    "America/Vancouver": "Victoria 维多利亚, British Columbia 不列颠哥伦比亚",
    "America/Edmonton": "Calgary 卡尔加里, Banff 班夫, Alberta 艾伯塔",
    "America/Regina": "Saskatoon 萨斯卡通, Saskatchewan 萨斯喀彻温",
    "America/St_Johns": "Newfoundland 纽芬兰",
    "America/Halifax": "Nova Scotia 新斯科舍",
    "America/Mexico_City": "Guadalajara 瓜达拉哈拉, Puebla 普埃布拉, CDMX 墨西哥城",
    "America/Sao_Paulo": (
        "Rio 里约, Rio de Janeiro 里约热内卢, Brasilia 巴西利亚, Brasília 巴西利亚, Campinas 坎皮纳斯, "
        "Belo Horizonte 贝洛奥里藏特, Porto Alegre 阿雷格里港, Curitiba 库里蒂巴, São Paulo 圣保罗"
    ),
    "America/Argentina/Buenos_Aires": "BA 布宜诺斯艾利斯, Rosario 罗萨里奥, La Plata 拉普拉塔",
    "America/Santiago": "Valparaiso 瓦尔帕莱索",
    "America/Bogota": "Medellin 麦德林, Medellín 麦德林, Cali 卡利",
    "America/Guayaquil": "Quito 基多",
    "America/Costa_Rica": "San Jose 圣何塞（哥斯达黎加）",
    "Australia/Sydney": "Canberra 堪培拉, Newcastle 纽卡斯尔, New South Wales 新南威尔士, NSW 新南威尔士",
    "Australia/Melbourne": "Geelong 吉朗, Victoria 维多利亚州",
    "Australia/Brisbane": "Gold Coast 黄金海岸, Queensland 昆士兰",
    "Pacific/Auckland": "Wellington 惠灵顿, Christchurch 基督城, Dunedin 达尼丁",
}
"""Each timezone's places, in English and simplified Chinese."""

COUNTRY_ZONES: dict[str, tuple[str, ...]] = {
    "US": ("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
           "America/Anchorage", "Pacific/Honolulu"),
    "CA": ("America/St_Johns", "America/Halifax", "America/Toronto", "America/Winnipeg", "America/Regina",
           "America/Edmonton", "America/Vancouver"),
    "AU": ("Australia/Perth", "Australia/Adelaide", "Australia/Darwin", "Australia/Brisbane", "Australia/Sydney"),
    "BR": ("America/Noronha", "America/Sao_Paulo", "America/Manaus", "America/Rio_Branco"),
    "MX": ("America/Cancun", "America/Mexico_City", "America/Hermosillo", "America/Tijuana"),
    "RU": ("Europe/Kaliningrad", "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Novosibirsk",
           "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok"),
    "ID": ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"),
    "CD": ("Africa/Kinshasa", "Africa/Lubumbashi"),
    "KZ": ("Asia/Almaty",), "MN": ("Asia/Ulaanbaatar",), "AR": ("America/Argentina/Buenos_Aires",),
    "CN": ("Asia/Shanghai",), "CY": ("Asia/Nicosia",), "DE": ("Europe/Berlin",), "ES": ("Europe/Madrid",),
    "PT": ("Europe/Lisbon",), "CL": ("America/Santiago",), "EC": ("America/Guayaquil",), "NZ": ("Pacific/Auckland",),
    "MY": ("Asia/Kuala_Lumpur",), "UA": ("Europe/Kyiv",), "UZ": ("Asia/Tashkent",), "PS": ("Asia/Hebron",),
    "GL": ("America/Nuuk",), "PF": ("Pacific/Tahiti",), "PG": ("Pacific/Port_Moresby",),
}  # fmt: skip
"""The timezones in which most people of a country live, where it has several; the others are chosen by their city."""

COUNTRY_NAMES: dict[str, tuple[str, ...]] = {
    "US": ("US", "USA", "U.S.", "U.S.A.", "America", "United States of America", "The States"),
    "CN": ("PRC",),
    "KR": ("South Korea",),
    "NL": ("The Netherlands",),
    "AE": ("Emirates",),
    "HK": ("HK",),
    "NZ": ("NZ",),
    "SG": ("新加坡",),
}
"""What people call countries beside their names in CLDR."""

PEOPLES: dict[str, str] = {
    "AT": "Austrian", "BD": "Bangladeshi", "BE": "Belgian", "CH": "Swiss", "CN": "Chinese", "CZ": "Czech",
    "DE": "German", "DK": "Danish", "EG": "Egyptian", "ES": "Spanish", "FI": "Finnish", "FR": "French", "GB": "British",
    "GR": "Greek", "HU": "Hungarian", "IE": "Irish", "IL": "Israeli", "IN": "Indian", "IR": "Iranian", "IT": "Italian",
    "JP": "Japanese", "KR": "Korean", "NL": "Dutch", "NO": "Norwegian", "PK": "Pakistani", "PL": "Polish",
    "PT": "Portuguese", "RO": "Romanian", "SE": "Swedish", "TH": "Thai", "TR": "Turkish", "TW": "Taiwanese",
    "UA": "Ukrainian", "VN": "Vietnamese",
}  # fmt: skip
"""What one calls the time of a country: “Swiss time”."""

ABBREVIATIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("pst", "pdt", "pt"), ("America/Los_Angeles",)),
    **dict.fromkeys(("mdt", "mt", "mst"), ("America/Denver",)),
    **dict.fromkeys(("est", "edt", "et"), ("America/New_York",)),
    **dict.fromkeys(("cdt", "ct"), ("America/Chicago",)),
    **dict.fromkeys(("akst", "akdt"), ("America/Anchorage",)),
    "cst": ("America/Chicago", "Asia/Shanghai", "Asia/Taipei", "America/Havana"),
    "ist": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "bst": ("Europe/London", "Asia/Dhaka"),
    "ast": ("America/Halifax", "Asia/Riyadh"),
    "amt": ("America/Manaus", "Asia/Yerevan"),
    "sst": ("Asia/Singapore", "Pacific/Pago_Pago"),
    "gst": ("Asia/Dubai", "Atlantic/South_Georgia"),
    "ect": ("America/Guayaquil", "Europe/Paris"),
    "wst": ("Australia/Perth", "Pacific/Apia"),
    "hst": ("Pacific/Honolulu",), "adt": ("America/Halifax",), "ndt": ("America/St_Johns",),
    "cest": ("Europe/Berlin",), "mez": ("Europe/Berlin",), "mesz": ("Europe/Berlin",), "eest": ("Europe/Helsinki",),
    "west": ("Europe/Lisbon",), "msk": ("Europe/Moscow",), "trt": ("Europe/Istanbul",), "idt": ("Asia/Jerusalem",),
    "jst": ("Asia/Tokyo",), "kst": ("Asia/Seoul",), "hkt": ("Asia/Hong_Kong",), "sgt": ("Asia/Singapore",),
    "pht": ("Asia/Manila",), "wib": ("Asia/Jakarta",), "ict": ("Asia/Bangkok",), "pkt": ("Asia/Karachi",),
    "npt": ("Asia/Kathmandu",), "irst": ("Asia/Tehran",), "uzt": ("Asia/Tashkent",), "myt": ("Asia/Kuala_Lumpur",),
    "aest": ("Australia/Sydney",), "aedt": ("Australia/Sydney",), "acst": ("Australia/Adelaide",),
    "awst": ("Australia/Perth",), "nzst": ("Pacific/Auckland",), "nzdt": ("Pacific/Auckland",),
    "brt": ("America/Sao_Paulo",), "art": ("America/Argentina/Buenos_Aires",), "clt": ("America/Santiago",),
    "cot": ("America/Bogota",), "pet": ("America/Lima",), "sast": ("Africa/Johannesburg",), "wat": ("Africa/Lagos",),
    "cat": ("Africa/Maputo",), "eat": ("Africa/Nairobi",), "z": ("UTC",), "zulu": ("UTC",),
}  # fmt: skip
"""The timezones that an abbreviation can stand for; each is kept all year, in summer too."""
