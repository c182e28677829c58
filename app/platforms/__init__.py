"""WeChat and Alipay as this deployment meets them: their servers are asked, their callbacks received.

Knows no residents: who a login is, `people` says.
"""
