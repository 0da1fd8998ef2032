"""The people of the village that several tests use: 王一 with 李二, 王小 and 王丫; 赵五; 钱六 of another town."""

from sheets import person

WANG, ZHAO, QIAN = person("1980-01-01"), person("1950-03-03"), person("1961-07-07")
LI, XIAO, YA = person("1982-02-02", 1, "女"), person("2015-05-05"), person("2018-06-06", 1, "女")
